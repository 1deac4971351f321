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

template <class Body>
bool from(rest left, std::uint64_t newest, record& mine, pinned_runs so_far, Body& body) {
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
    const pinning::rest all{nullptr, channels.data(), channels.data() + channels.size()};
    return pinning::from(all, newest, mine, {}, body);
}
/// Shows the entry, then loads what it calls. I1: the mode is read after publishing.
inline invoke_function show(const run& r, entry& e, frame_scope& f, bool always_fence) noexcept {
    f.publish_at(block::address(&e));
    light_fence();
    const std::uintptr_t head = r.head.load(fenced_load);
    f.show_strictly((head & run::strict) != 0);
    if (always_fence || (head & (run::symmetric | run::strict)) != 0) full_fence();
    // Acquire: a null tells of the withdrawal that was listed before it.
    return e.invoke.load(fenced_load);
}

/// call(invoke, node) for the pinned entries, from the highest priority down; false stops the pass.
/// The frame's positions only grow within a run, but every publication reads the mode: simpler than keeping
/// it, and one load.
template <class Call> bool forward(const pinned_runs& runs, record& mine, Call call) {
    frame_scope f(mine);
    for (pinned_run* p = runs.highest; p != nullptr; p = p->lower) {
        for (std::uint32_t i = 0; i < p->count; ++i) {
            entry& e = p->entries->entries()[i];
            if (const invoke_function invoke = show(*p->of, e, f, false))
                if (!call(invoke, e.callee)) return false;
        }
    }
    return true;
}

/// The same from the last to the first. Positions shrink, so every publication is fenced (I3).
template <class Call> void backward(const pinned_runs& runs, record& mine, Call call) {
    frame_scope f(mine);
    for (pinned_run* p = runs.lowest; p != nullptr; p = p->higher) {
        for (std::uint32_t i = p->count; i-- > 0;) {
            entry& e = p->entries->entries()[i];
            if (const invoke_function invoke = show(*p->of, e, f, true)) call(invoke, e.callee);
        }
    }
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
