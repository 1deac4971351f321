// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_RECORD_HPP
#define ASSENT_CORE_DETAIL_RECORD_HPP

#include <assent/config.hpp>
#include <assent/core/fence.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <thread>

namespace assent::inline ASSENT_ABI::detail {

struct deferred;

struct deferred_operations {
    void (*settle)(deferred*) noexcept;
};

/// An object that may have to outlive the walk that found it: settled (destroyed, or handed on) by the
/// thread whose walk was in the way, as soon as that walk has left.
struct deferred {
    const deferred_operations* operations;
    deferred* next = nullptr;
};

/// One running walk. `at` is the address of the entry being called, of any other byte of the block
/// that the walk pins, or 0. Written by the owning thread only.
struct frame {
    std::atomic<std::uintptr_t> at{0};
    frame* next = nullptr; ///< the frame for a walk nested in this one; owner only
};

struct frame_chunk {
    static constexpr std::size_t count = 15;
    frame frames[count];
    std::atomic<frame_chunk*> more{nullptr};
};

/// What one thread shows to those who unregister, one per (domain, thread). Never freed before its
/// domain; reused by another thread once its owner has ended.
struct alignas(config::cache_line) record {
    // First cache line: what a notification touches.
    frame* top;                              ///< next unused frame; null when all are in use
    std::atomic<deferred*> pending{nullptr}; ///< to settle when a walk leaves; pushed by anybody
    frame frames[3];
    // Second cache line: the rest.
    std::atomic<frame_chunk*> more{nullptr};
    frame* last;                          ///< the frame whose `next` is still null
    std::atomic<std::thread::id> owner{}; ///< default-constructed: free for another thread
    /// Thread caches that name this record, and dispatchers of its owner alone.
    std::atomic<unsigned> holders{0};
    unsigned fenced_walks = 0; ///< owner only; see leave_symmetric()
    record* next = nullptr;    ///< in the domain's list; constant once published

    record() noexcept : top(frames), last(&frames[2]) {
        frames[0].next = &frames[1];
        frames[1].next = &frames[2];
    }
    record(const record&) = delete;
    record& operator=(const record&) = delete;

    ~record() {
        for (frame_chunk* chunk = more.load(std::memory_order_relaxed); chunk != nullptr;) {
            frame_chunk* const after = chunk->more.load(std::memory_order_relaxed);
            delete chunk;
            chunk = after;
        }
    }

    bool idle() const noexcept { return top == frames; }

    /// Adds a chunk of frames. False when there is no memory; nothing changed then. Owner only.
    ASSENT_COLD bool grow() noexcept {
        auto* const chunk = new (std::nothrow) frame_chunk;
        if (chunk == nullptr) return false;
        for (std::size_t i = 0; i + 1 < frame_chunk::count; ++i)
            chunk->frames[i].next = &chunk->frames[i + 1];
        std::atomic<frame_chunk*>* end = &more;
        while (frame_chunk* c = end->load(std::memory_order_relaxed)) end = &c->more;
        // Partner: for_each_frame(). As with attaching, whoever nulls an entry afterwards sees the chunk,
        // and whoever scanned before has nulled it visibly for the walk that will use the chunk.
        end->store(chunk, config::thread_sanitizer ? std::memory_order_seq_cst : std::memory_order_release);
        full_fence();
        last->next = &chunk->frames[0];
        if (top == nullptr) top = &chunk->frames[0];
        last = &chunk->frames[frame_chunk::count - 1];
        return true;
    }

    /// Calls visit(frame&) for every frame until it returns false. Any thread.
    template <class Visit> bool for_each_frame(Visit visit) noexcept {
        for (frame& f : frames)
            if (!visit(f)) return false;
        for (frame_chunk* chunk = more.load(fenced_load); chunk != nullptr;
             chunk = chunk->more.load(fenced_load))
            for (frame& f : chunk->frames)
                if (!visit(f)) return false;
        return true;
    }

    /// Any thread may push; the owner, or who takes the object back, empties the whole list.
    void defer(deferred& object) noexcept {
        deferred* head = pending.load(std::memory_order_relaxed);
        do {
            object.next = head;
        } while (!pending.compare_exchange_weak(head, &object, std::memory_order_seq_cst,
                                                std::memory_order_relaxed));
    }
};

/// Settles what was left to this record. Each object looks at all frames again, and goes back to a
/// list when it is still in use (by an outer walk of this thread, or by another thread).
ASSENT_COLD inline void settle_pending(record& r) noexcept {
    // Partner of the exchange: defer(). Acquire: the objects were written by whoever pushed them.
    for (deferred* object = r.pending.exchange(nullptr, std::memory_order_acquire); object != nullptr;) {
        deferred* const after = object->next;
        object->operations->settle(object);
        object = after;
    }
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
