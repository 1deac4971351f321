// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_THREAD_EXIT_HPP
#define ASSENT_CORE_DETAIL_THREAD_EXIT_HPP

// Where each thread's cache lives, and who clears it when the thread ends or this library is unloaded.
//
// Not a thread_local with a destructor: that would keep its library loaded until every thread that used it has
// ended. Where records cannot be given back (no slot left, library being unloaded, destructors that run later
// still) they stay with their ended threads: they cost memory, nothing else, because a thread identifier names
// one living thread at most.

#include <assent/config.hpp>
#include <assent/core/detail/cached_records.hpp>
#include <assent/core/detail/win32.hpp>

#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

#if !ASSENT_HAS_WIN32
#include <pthread.h>
#endif

namespace assent::inline ASSENT_ABI::detail {

#if ASSENT_HAS_WIN32

/// The system's own slots: it calls on_thread_exit() for each thread that ends and, when the slot is freed, for
/// every thread that has a cache.
///
/// The caches are on the C library's heap: g++ 12 for mingw-w64 frees a thread's thread_local objects, which it
/// emulates, before anybody is told that the thread ends, so nothing may be kept in one until then. Not from
/// operator new: a program's own may be gone by the time the last thread ends.
class thread_exit {
public:
    thread_exit() noexcept { slot = FlsAlloc(&on_thread_exit); }
    thread_exit(const thread_exit&) = delete;
    thread_exit& operator=(const thread_exit&) = delete;

    ~thread_exit() {
        // A program is not unloaded: its other threads may go on, with their caches, until the process ends.
        if (in_program()) {
            on_thread_exit(find());
        } else {
            FlsFree(std::exchange(slot, no_slot));
        }
    }

    /// This thread's cache, or null.
    static thread_cache* find() noexcept { return static_cast<thread_cache*>(FlsGetValue(slot)); }

    /// This thread's cache, made if need be; null: this thread goes without one.
    static thread_cache* keep() noexcept {
        thread_cache* cache = find();
        if (cache == &ended) return nullptr;
        if (cache != nullptr) return cache;
        void* const memory = std::malloc(sizeof(thread_cache));
        if (memory == nullptr) return nullptr;
        cache = new (memory) thread_cache;
        if (FlsSetValue(slot, cache) != 0) return cache;
        std::free(memory);
        return nullptr;
    }

private:
    static void __stdcall on_thread_exit(void* value) noexcept {
        auto* const cache = static_cast<thread_cache*>(value);
        if (cache == nullptr || cache == &ended) return;
        cache->clear();
        std::free(cache);
        // A destructor that runs later still must not make a cache that nobody would free.
        FlsSetValue(slot, &ended);
    }

    static bool in_program() noexcept {
        auto* here = GetModuleHandleA(nullptr);
        auto* const program = here;
        const auto inside = reinterpret_cast<const char*>(&on_thread_exit);
        return GetModuleHandleExA(by_address | without_reference, inside, &here) != 0 && here == program;
    }

    static constexpr unsigned long no_slot = ~0UL;
    static constexpr unsigned long without_reference = 2;
    static constexpr unsigned long by_address = 4;

    /// Asked with no_slot, the system answers null: before the constructor and after the destructor.
    ASSENT_HIDDEN static inline constinit unsigned long slot = no_slot;
    ASSENT_HIDDEN static inline constinit thread_cache ended{};
};

#else

ASSENT_HIDDEN inline thread_local constinit thread_cache cache_of_this_thread{};

/// POSIX thread keys: their destructors run after those of thread_local objects (so these may still notify),
/// and deleting the key when the library is unloaded leaves no pointer into it behind.
class thread_exit {
public:
    thread_exit() noexcept {
        usable_ = pthread_key_create(
                      &key_, [](void* cache) { on_thread_exit(static_cast<thread_cache*>(cache)); }) == 0;
    }
    thread_exit(const thread_exit&) = delete;
    thread_exit& operator=(const thread_exit&) = delete;

    ~thread_exit() {
        const std::lock_guard guard(lock_);
        if (usable_) pthread_key_delete(key_);
        usable_ = false;
        while (first_ != nullptr) {
            thread_cache* const cache = first_;
            unlink(*cache);
            cache->clear();
        }
    }

    /// This thread's cache.
    static thread_cache* find() noexcept { return &cache_of_this_thread; }

    /// Sees to it that this thread's cache is cleared when the thread ends.
    thread_cache* keep() noexcept {
        thread_cache& cache = cache_of_this_thread;
        const std::lock_guard guard(lock_);
        if (cache.link != nullptr || !usable_ || pthread_setspecific(key_, &cache) != 0) return &cache;
        cache.next = first_;
        cache.link = &first_;
        if (first_ != nullptr) first_->link = &cache.next;
        first_ = &cache;
        return &cache;
    }

private:
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
};

#endif

ASSENT_HIDDEN inline thread_exit thread_exits;

#if !ASSENT_HAS_WIN32
inline void thread_exit::on_thread_exit(thread_cache* cache) noexcept {
    const std::lock_guard guard(thread_exits.lock_);
    if (cache->link == nullptr) return;
    unlink(*cache);
    cache->clear();
}
#endif

} // namespace assent::inline ASSENT_ABI::detail

#endif
