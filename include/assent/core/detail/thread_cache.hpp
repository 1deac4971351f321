// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_THREAD_CACHE_HPP
#define ASSENT_CORE_DETAIL_THREAD_CACHE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/domain_core.hpp>
#include <assent/core/detail/record.hpp>

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#if ASSENT_HAS_PTHREAD_KEYS
#include <pthread.h>
#endif

namespace assent::inline ASSENT_ABI::detail {

/// Where this thread finds its records without searching. One cache per thread and per shared library
/// (hidden visibility), so it decides nothing: a miss looks the record up by its owner.
///
/// Trivially destructible on purpose. A thread_local with a destructor would keep its library loaded
/// until every thread that used it has ended; thread_exit, below, releases the records instead.
struct thread_cache {
    static constexpr unsigned count = 8;

    struct entry {
        domain_core* of = nullptr; ///< kept alive by this entry, so its address is not reused
        record* mine = nullptr;
    };

    entry entries[count];
    thread_cache* next = nullptr;
    thread_cache** link = nullptr; ///< null until listed by thread_exit

    static void drop(entry& e) noexcept {
        if (e.of == nullptr) return;
        // The last cache that names the record gives it back. A record whose walks are running stays
        // this thread's: the next look-up finds it by owner.
        if (e.mine->holders.fetch_sub(1, std::memory_order_acq_rel) == 1 && e.mine->idle())
            domain_core::give_back(*e.mine);
        e.of->release();
        e = entry{};
    }

    void clear() noexcept {
        for (entry& e : entries) drop(e);
    }
};

ASSENT_HIDDEN inline thread_local constinit thread_cache cache_of_this_thread{};

/// Gives back the records of threads that end, and those of every thread when this library is unloaded.
///
/// With POSIX thread keys: their destructors run after those of thread_local objects (so these may still
/// notify), and deleting the key when the library is unloaded leaves no pointer into it behind.
class thread_exit {
public:
    thread_exit() noexcept {
#if ASSENT_HAS_PTHREAD_KEYS
        usable_ = pthread_key_create(
                      &key_, [](void* cache) { on_thread_exit(static_cast<thread_cache*>(cache)); }) == 0;
#endif
    }
    thread_exit(const thread_exit&) = delete;
    thread_exit& operator=(const thread_exit&) = delete;

    ~thread_exit() {
#if ASSENT_HAS_PTHREAD_KEYS
        const std::lock_guard guard(lock_);
        if (usable_) pthread_key_delete(key_);
        usable_ = false;
        while (first_ != nullptr) {
            thread_cache* const cache = first_;
            unlink(*cache);
            cache->clear();
        }
#endif
    }

    /// Sees to it that the cache is cleared when its thread ends. Where that cannot be had (no key left,
    /// library being unloaded) records stay with their ended threads: they cost memory, nothing else,
    /// because a thread identifier names one living thread at most.
    void watch(thread_cache& cache) noexcept {
#if ASSENT_HAS_PTHREAD_KEYS
        const std::lock_guard guard(lock_);
        if (cache.link != nullptr || !usable_ || pthread_setspecific(key_, &cache) != 0) return;
        cache.next = first_;
        cache.link = &first_;
        if (first_ != nullptr) first_->link = &cache.next;
        first_ = &cache;
#else
        struct cleaner {
            thread_cache* cache;
            ~cleaner() { cache->clear(); }
        };
        static thread_local cleaner at_exit{&cache};
        static_cast<void>(at_exit);
#endif
    }

private:
#if ASSENT_HAS_PTHREAD_KEYS
    static void on_thread_exit(thread_cache* cache) noexcept;

    static void unlink(thread_cache& cache) noexcept {
        *cache.link = cache.next;
        if (cache.next != nullptr) cache.next->link = cache.link;
        cache.link = nullptr;
    }

    std::mutex lock_;
    thread_cache* first_ = nullptr;
    pthread_key_t key_{};
    bool usable_ = false;
#endif
};

ASSENT_HIDDEN inline thread_exit thread_exits;

#if ASSENT_HAS_PTHREAD_KEYS
inline void thread_exit::on_thread_exit(thread_cache* cache) noexcept {
    const std::lock_guard guard(thread_exits.lock_);
    if (cache->link == nullptr) return;
    unlink(*cache);
    cache->clear();
}
#endif

/// The slow path of record_of_this_thread(). Null: no memory.
ASSENT_COLD inline record* attach(domain_core& domain) noexcept {
    thread_cache& cache = cache_of_this_thread;
    for (thread_cache::entry& e : cache.entries) {
        if (e.of == &domain) {
            std::swap(e, cache.entries[0]);
            return cache.entries[0].mine;
        }
    }
    record* const mine = domain.claim(std::this_thread::get_id());
    if (mine == nullptr) return nullptr;
    // Make room: an empty entry, or the last idle one. With all of them inside callbacks the record
    // goes without: it is found by owner each time.
    thread_cache::entry* room = nullptr;
    for (thread_cache::entry& e : cache.entries)
        if (e.of == nullptr || e.mine->idle()) room = &e;
    if (room == nullptr) return mine;
    thread_cache::drop(*room);
    domain.acquire();
    mine->holders.fetch_add(1, std::memory_order_relaxed);
    *room = {&domain, mine};
    std::swap(*room, cache.entries[0]);
    thread_exits.watch(cache);
    return mine;
}

/// The record under which this thread publishes in `domain`. Null: no memory for it.
inline record* record_of_this_thread(domain_core& domain) noexcept {
    thread_cache::entry& first = cache_of_this_thread.entries[0];
    if (first.of == &domain) [[likely]]
        return first.mine;
    return attach(domain);
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
