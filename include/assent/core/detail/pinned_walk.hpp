// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_PINNED_WALK_HPP
#define ASSENT_CORE_DETAIL_PINNED_WALK_HPP

#include <assent/config.hpp>
#include <assent/core/detail/walk.hpp>

#include <atomic>
#include <cstdint>
#include <span>

namespace assent::inline ASSENT_ABI::detail {

/// The entries of one run as they were when a transaction began, kept from being freed by a frame that
/// shows the block and no entry. Several passes can be made over them, each with a frame of its own.
struct pinned_run {
    const run* of;
    block* entries;
    std::uint32_t count;
    pinned_run* higher;
    pinned_run* lower = nullptr;
};

/// Both ends of the list of pinned runs; null when nobody is registered.
struct pinned_runs {
    pinned_run* highest = nullptr;
    pinned_run* lowest = nullptr;
};

namespace pinning {
/// Which runs are left to pin: those from `r` on, then those of the other channels.
struct rest {
    run* r;
    channel* const* next;
    channel* const* end;
};

inline run* following(rest& left) noexcept {
    while (left.r == nullptr && left.next != left.end) left.r = (*left.next++)->highest();
    return left.r;
}

/// Keeps the list sorted: by priority, and within one priority in the order of the channels.
inline void insert(pinned_runs& runs, pinned_run& added) noexcept {
    pinned_run* above = runs.lowest;
    while (above != nullptr && above->of->priority < added.of->priority) above = above->higher;
    added.higher = above;
    added.lower = above == nullptr ? runs.highest : above->lower;
    (added.lower == nullptr ? runs.lowest : added.lower->higher) = &added;
    (above == nullptr ? runs.highest : above->lower) = &added;
}

// By reference what all levels share: copied, it costs a store that cannot be forwarded at each (20 ns of a
// transaction's 75, g++ 12 -O2).
template <class Body>
bool from(rest& left, std::uint64_t newest, record& mine, pinned_runs& so_far, Body& body) {
    while (run* const r = following(left)) {
        // One frame for the pin, and room for that of a pass, before any callback has run.
        if (!frame_scope::reserve(mine)) return false;
        frame_scope f(mine);
        if (!frame_scope::reserve(mine)) return false;
        left.r = r->in().below(*r);
        const std::uintptr_t head = enter(*r, f);
        if (head == 0) continue;
        block& b = *run::block_of(head);
        if ((head & run::strict) != 0) f.show_strictly(true);
        pinned_run pinned{r, &b, older_than(b, newest), nullptr};
        f.publish_at(b.pin());
        insert(so_far, pinned);
        return from(left, newest, mine, so_far, body);
    }
    body(so_far);
    return true;
}
} // namespace pinning

/// Pins every run of the channels and calls body(pinned_runs). False: no memory; nothing was called then.
/// The stack holds one pinned_run per channel and priority in use.
template <class Body>
bool with_pinned(registry& in, std::span<channel* const> channels, record& mine, Body body) {
    const std::uint64_t newest = in.sequence.load(std::memory_order_acquire);
    pinning::rest all{nullptr, channels.data(), channels.data() + channels.size()};
    pinned_runs runs;
    return pinning::from(all, newest, mine, runs, body);
}
/// W2 and W3 for a block that is pinned: shows the entry, then reads the mode (I1). True: strict.
inline bool show(const run& r, const entry& e, frame_scope& f) noexcept {
    f.publish_at(block::address(&e));
    light_fence();
    const std::uintptr_t head = r.head.load(fenced_load);
    if ((head & (run::symmetric | run::strict)) != 0) full_fence();
    return (head & run::strict) != 0;
}

/// call(invoke, node) for the pinned entries, from the highest priority down; false stops the pass. One loop for both
/// modes, inlined with what it calls at its one place: then a participant costs little more than its call.
template <class Call>
ASSENT_INLINED inline bool forward(const pinned_runs& runs, record& mine, const Call& call) {
    frame_scope f(mine);
    frame& shown = f.shown();
    for (const pinned_run* p = runs.highest; p != nullptr; p = p->lower) {
        if (p->count == 0) continue;
        entry* it = p->entries->entries();
        entry* const last = it + p->count;
        const bool strict = show(*p->of, *it, f);
        if (strict) f.show_strictly(true);
        for (;;) {
            // W6. Acquire: a null tells of the withdrawal that was listed before it.
            if (const invoke_function invoke = it->invoke.load(fenced_load)) [[likely]] {
                if (!call(invoke, it->callee)) [[unlikely]]
                    return false;
            }
            if (++it == last) break;
            publish(shown.at, block::address(it)); // W5
            if (strict) [[unlikely]] {
                full_fence();
            } else {
                light_fence();
            }
        }
    }
    return true;
}

/// The same from the last to the first. Positions shrink, so none tells anything of those before it (I3): each is
/// a walk of its own, that reads the mode after it is shown. Symmetric, it fences; otherwise whoever unregisters
/// has every thread fence, and sees a position shown before that or is read as null after it.
template <class Call> void backward(const pinned_runs& runs, record& mine, const Call& call) {
    frame_scope f(mine);
    for (const pinned_run* p = runs.lowest; p != nullptr; p = p->higher) {
        for (std::uint32_t i = p->count; i-- > 0;) {
            entry& e = p->entries->entries()[i];
            if (show(*p->of, e, f)) f.show_strictly(true);
            if (const invoke_function invoke = e.invoke.load(fenced_load)) call(invoke, e.callee);
        }
    }
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
