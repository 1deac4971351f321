// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_DOMAIN_CORE_HPP
#define ASSENT_CORE_DETAIL_DOMAIN_CORE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/record.hpp>
#include <assent/core/detail/wait_graph.hpp>
#include <assent/core/fence.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <thread>

namespace assent::inline ASSENT_ABI::detail {

/// The state shared by the dispatchers that may wait for one another: the records of the threads that
/// notify, the kind of fence, the graph of waits. Reference-counted by dispatchers and thread caches.
class domain_core {
public:
    explicit domain_core(fence_kind fences) noexcept : kind(fences) {}
    domain_core(const domain_core&) = delete;
    domain_core& operator=(const domain_core&) = delete;

    void acquire() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }

    void release() noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    /// The record of `owner`, or null. Correct only for the calling thread itself (nobody else claims in
    /// its name); another library's copy of this code may have claimed it, so caches do not decide.
    record* find(std::thread::id owner) noexcept {
        for (record* r = records.load(fenced_load); r != nullptr; r = r->next)
            if (r->owner.load(std::memory_order_relaxed) == owner) return r;
        return nullptr;
    }

    /// This thread's record: found, claimed from a thread that ended, or new. Null: no memory.
    record* claim(std::thread::id self) noexcept {
        if (record* const mine = find(self)) return mine;
        record* r = records.load(std::memory_order_acquire);
        for (; r != nullptr; r = r->next) {
            std::thread::id nobody;
            // Acquire pairs with the release in give_back(): the previous owner's use is over.
            if (r->owner.load(std::memory_order_relaxed) == nobody &&
                r->owner.compare_exchange_strong(nobody, self, std::memory_order_seq_cst)) {
                break;
            }
        }
        if (r == nullptr) {
            r = new (std::nothrow) record;
            if (r == nullptr) return nullptr;
            r->owner.store(self, std::memory_order_relaxed);
            record* head = records.load(std::memory_order_relaxed);
            do {
                r->next = head;
            } while (!records.compare_exchange_weak(head, r, std::memory_order_seq_cst,
                                                    std::memory_order_relaxed));
        }
        // Partner: the fence between nulling an entry and others_than() on the unregistering side. One of
        // the two sees the other: either that thread scans this record, or this walk reads null.
        full_fence();
        return r;
    }

    /// Keeps the record its owner's: for a cache that names it, or a dispatcher of that thread alone.
    static void hold(record& r) noexcept { r.holders.fetch_add(1, std::memory_order_relaxed); }

    /// The last who held the record gives it back. One whose walks are running stays its thread's: the next look-up
    /// finds it by owner.
    static void let_go(record& r) noexcept {
        if (r.holders.fetch_sub(1, std::memory_order_acq_rel) == 1 && r.idle()) give_back(r);
    }

    static void give_back(record& r) noexcept { r.owner.store(std::thread::id(), std::memory_order_release); }

    /// Whether a thread other than `self` may be walking. Call after nulling and a full fence.
    bool others_than(std::thread::id self) noexcept {
        for (record* r = records.load(fenced_load); r != nullptr; r = r->next) {
            const auto owner = r->owner.load(fenced_load);
            if (owner != std::thread::id() && owner != self) return true;
        }
        return false;
    }

    /// Partner: light_fence() after a publication. Nothing to do for kind none, whose notifiers fence.
    void fence_others() noexcept {
        if (kind != fence_kind::asymmetric) return;
        heavy_fence();
        heavy_fences.fetch_add(1, std::memory_order_relaxed);
    }

    const fence_kind kind;
    std::atomic<record*> records{nullptr}; ///< push-only
    std::atomic<std::uint64_t> heavy_fences{0};
    wait_graph waits;

private:
    ~domain_core() {
        for (record* r = records.load(std::memory_order_acquire); r != nullptr;) {
            record* const after = r->next;
            delete r;
            r = after;
        }
    }

    std::atomic<std::size_t> references_{1};
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
