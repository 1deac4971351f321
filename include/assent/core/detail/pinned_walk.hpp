// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_PINNED_WALK_HPP
#define ASSENT_CORE_DETAIL_PINNED_WALK_HPP

#include <assent/config.hpp>
#include <assent/core/detail/walk.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// Frames that show blocks and no entries, so that the blocks are kept and nobody waits for a call; taken away
/// together. The caller has made room for a frame, and finds room for one more in front of each pass.
class pin_scope {
public:
    explicit pin_scope(record& r) noexcept : record_(r), first_(*r.top) {}
    pin_scope(const pin_scope&) = delete;
    pin_scope& operator=(const pin_scope&) = delete;

    ~pin_scope() {
        for (frame* f = &first_; f != record_.top; f = f->next) publish(f->at, std::uintptr_t{0});
        if (strict_) [[unlikely]]
            full_fence();
        // Also when nothing is pinned: something may have been left to us while a frame showed a block in passing.
        leave_by_hand(record_, first_);
    }

    /// Pins the present block of the run and returns it; null: it has none.
    block* pin(const run& r) noexcept {
        frame& f = *record_.top;
        const std::uintptr_t head = enter(r, f);
        block* const b = run::block_of(head);
        publish(f.at, b == nullptr ? std::uintptr_t{0} : b->pin());
        if (b == nullptr) return nullptr;
        if ((head & run::strict) != 0) strict_ = true;
        record_.top = f.next;
        return b;
    }

    /// Room for one more frame. False: no memory.
    bool reserve() noexcept { return frame_scope::reserve(record_); }

private:
    record& record_;
    frame& first_;
    bool strict_ = false;
};

/// The entries of one run as they were when a transaction began, in a block that is pinned.
struct pinned_run {
    const run* of;
    block* entries;
    std::uint32_t count;
};

/// What is walked of several channels: by priority, and within one priority in the order of the channels. Several
/// passes can be made over it, each with a frame of its own.
class pinned_runs {
public:
    pinned_runs() noexcept = default;
    pinned_runs(const pinned_runs&) = delete;
    pinned_runs& operator=(const pinned_runs&) = delete;

    /// Once, for as long as the scope lives. False: no memory.
    bool pin(registry& in, std::span<channel* const> channels, pin_scope& scope) noexcept {
        const std::uint64_t newest = in.sequence.load(std::memory_order_acquire);
        for (channel* const c : channels) {
            for (run* r = c->highest(); r != nullptr; r = c->below(*r)) {
                block* const b = scope.pin(*r);
                if (b == nullptr) continue;
                if (!scope.reserve() || !insert({r, b, older_than(*b, newest)})) return false;
            }
        }
        return true;
    }

    std::span<const pinned_run> all() const noexcept { return {many_ ? many_.get() : few_, count_}; }

private:
    bool insert(const pinned_run& added) noexcept {
        if (count_ == room_ && !grow()) [[unlikely]]
            return false;
        pinned_run* at = (many_ ? many_.get() : few_) + count_;
        for (std::size_t i = count_; i > 0 && at[-1].of->priority < added.of->priority; --i, --at)
            *at = at[-1];
        *at = added;
        ++count_;
        return true;
    }

    ASSENT_COLD bool grow() noexcept {
        std::unique_ptr<pinned_run[]> more(new (std::nothrow) pinned_run[2 * room_]);
        if (more == nullptr) return false;
        std::copy_n(all().data(), count_, more.get());
        many_ = std::move(more);
        room_ *= 2;
        return true;
    }

    static constexpr std::size_t few = 4;

    std::size_t count_ = 0;
    std::size_t room_ = few;
    std::unique_ptr<pinned_run[]> many_; ///< when there is no room in few_
    pinned_run few_[few];
};

/// W2 and W3 for a block that is pinned: shows the entry, then reads the mode (I1). True: strict.
inline bool show(const run& r, const entry& e, frame_scope& f) noexcept {
    f.publish_at(block::address(&e));
    light_fence();
    const std::uintptr_t head = r.head.load(fenced_load);
    if ((head & (run::symmetric | run::strict)) != 0) full_fence();
    return (head & run::strict) != 0;
}

/// W5 and W6 for entries [it, last), of which there are some; `it` is shown already. False: call() ended it.
template <bool Strict, class Call>
ASSENT_INLINED inline bool forward_from(entry* it, entry* const last, frame& shown, const Call& call) {
    for (;;) {
        // W6. Acquire: a null tells of the withdrawal that was listed before it.
        if (const invoke_function invoke = it->invoke.load(fenced_load)) [[likely]] {
            if (!call(invoke, it->callee)) [[unlikely]]
                return false;
        }
        if (++it == last) return true;
        publish(shown.at, block::address(it)); // W5
        if constexpr (Strict) {
            full_fence();
        } else {
            light_fence();
        }
    }
}

/// call(invoke, node) for the pinned entries, from the highest priority down; false stops the pass. Inlined with
/// what it calls, and a loop of its own for the usual mode: then a participant costs little more than its call.
template <class Call>
ASSENT_INLINED inline bool forward(const pinned_runs& runs, record& mine, const Call& call) {
    frame_scope f(mine);
    for (const pinned_run& p : runs.all()) {
        if (p.count == 0) continue;
        entry* const first = p.entries->entries();
        if (show(*p.of, *first, f)) [[unlikely]] {
            f.show_strictly(true);
            if (!forward_from<true>(first, first + p.count, f.shown(), call)) return false;
        } else {
            if (!forward_from<false>(first, first + p.count, f.shown(), call)) return false;
        }
    }
    return true;
}

/// The same from the last to the first. Positions shrink, so none tells anything of those before it (I3): each is
/// a walk of its own, that reads the mode after it is shown. Symmetric, it fences; otherwise whoever unregisters
/// has every thread fence, and sees a position shown before that or is read as null after it.
template <class Call> void backward(const pinned_runs& runs, record& mine, const Call& call) {
    frame_scope f(mine);
    const std::span<const pinned_run> all = runs.all();
    for (auto p = all.rbegin(); p != all.rend(); ++p) {
        for (std::uint32_t i = p->count; i-- > 0;) {
            entry& e = p->entries->entries()[i];
            if (show(*p->of, e, f)) f.show_strictly(true);
            if (const invoke_function invoke = e.invoke.load(fenced_load)) call(invoke, e.callee);
        }
    }
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
