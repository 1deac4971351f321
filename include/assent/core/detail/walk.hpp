// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_WALK_HPP
#define ASSENT_CORE_DETAIL_WALK_HPP

// The walking side of the protocol stated in reclamation.hpp; W1 to W7 are its steps.

#include <assent/config.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/registry.hpp>
#include <assent/core/detail/thread_cache.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace assent::inline ASSENT_ABI::detail {

/// A frame of this thread, pushed for as long as this object lives.
class frame_scope {
public:
    explicit frame_scope(record& r) noexcept : record_(r), frame_(*r.top) { r.top = frame_.next; }
    frame_scope(const frame_scope&) = delete;
    frame_scope& operator=(const frame_scope&) = delete;

    ~frame_scope() {
        leave();
        record_.top = &frame_;
        // Partner: removal::leave_to(), whose heavy fence this light one needs (strict: leave() fenced).
        light_fence();
        if (record_.pending.load(fenced_load) != nullptr) [[unlikely]]
            settle_pending(record_);
    }

    /// Makes room for one more frame. False: no memory.
    static bool reserve(record& r) noexcept { return r.top != nullptr || r.grow(); }

    void publish_at(std::uintptr_t at) noexcept { publish(frame_.at, at); }
    frame& shown() noexcept { return frame_; }
    void show_strictly(bool strict) noexcept { strict_ = strict; }
    record& in() noexcept { return record_; }

private:
    void leave() noexcept {
        publish(frame_.at, std::uintptr_t{0}); // W7
        if (strict_) full_fence();
    }

    record& record_;
    frame& frame_;
    bool strict_ = false;
};

/// Back to asymmetric mode when nothing is unregistered any more: looked at by every 1024th fenced walk.
inline void leave_symmetric(registry& in, run& r, record& mine) noexcept {
    if (++mine.fenced_walks % 1024 != 0) return;
    const std::unique_lock guard(in.lock, std::try_to_lock);
    if (!guard.owns_lock()) return;
    if (in.removals == r.removals_seen) r.head.fetch_and(~run::symmetric, std::memory_order_release);
    r.removals_seen = in.removals;
}

/// W1 to W3: publishes in the run's current block and validates. Returns the validated head; 0: no block.
inline std::uintptr_t enter(const run& r, frame& f) noexcept {
    std::uintptr_t h = r.head.load(std::memory_order_acquire);
    for (;;) {
        block* const b = run::block_of(h);
        if (b == nullptr) return 0;
        publish(f.at, b->first());
        if ((h & (run::symmetric | run::strict)) != 0) {
            full_fence();
        } else {
            light_fence();
        }
        const std::uintptr_t again = r.head.load(fenced_load);
        if (again == h) return h;
        h = again;
    }
}

/// W5 and W6 for entries [from, count): call(invoke, node). `at` already shows entry `from`.
template <bool Strict, class Call>
void walk_entries(block& b, std::uint32_t from, std::uint32_t count, frame_scope& f, Call& call) {
    entry* const entries = b.entries();
    for (std::uint32_t i = from; i < count; ++i) {
        if (i != from) {
            f.publish_at(block::address(entries + i));
            if constexpr (Strict) {
                full_fence();
            } else {
                light_fence();
            }
        }
        if (const invoke_function invoke = entries[i].invoke.load(fenced_load))
            call(invoke, entries[i].callee);
    }
}

/// How many entries of the block were registered when the walk began. Newer ones are at the end.
inline std::uint32_t older_than(block& b, std::uint64_t newest) noexcept {
    std::uint32_t n = b.size.load(std::memory_order_acquire); // W4
    while (n > 0 && b.sequences()[n - 1] > newest) --n;
    return n;
}

/// A walk of one block in the mode that its validated head asks for.
template <class Call> void walk_block(std::uintptr_t head, std::uint32_t count, frame_scope& f, Call& call) {
    block& b = *run::block_of(head);
    if ((head & run::strict) != 0) {
        f.show_strictly(true);
        walk_entries<true>(b, 0, count, f, call);
    } else {
        walk_entries<false>(b, 0, count, f, call);
    }
}

/// Calls call(invoke, node) for every live entry, by priority and then in registration order, in whatever mode
/// and however many runs. The caller has made room for a frame (reserve()).
template <class Call> ASSENT_NOINLINE void walk(registry& in, channel& c, record& mine, Call& call) {
    frame_scope f(mine);
    // Read before any run: partner of the release store in attach().
    const std::uint64_t newest = in.sequence.load(std::memory_order_acquire);
    for (run* r = c.highest(); r != nullptr; r = c.below(*r)) {
        const std::uintptr_t head = enter(*r, f.shown());
        if (head == 0) continue;
        walk_block(head, older_than(*run::block_of(head), newest), f, call);
        if ((head & ~in.mode & run::symmetric) != 0) leave_symmetric(in, *r, mine);
    }
}

/// The record under which this thread walks. Null: no memory for it.
inline record* record_for_walk(registry& in, bool alone) noexcept {
    if (!alone) return record_of_this_thread(*in.home_domain);
    expect_owner(*in.only_record);
    return in.only_record;
}

/// A record of this thread with room for one more frame.
/// Errors  std::bad_alloc.
inline record& ready_record(registry& in) {
    record* const mine = record_for_walk(in, in.only_record != nullptr);
    if (mine == nullptr || !frame_scope::reserve(*mine)) out_of_memory();
    return *mine;
}

/// Calls every live entry with the argument; the first exception is thrown after the last call. Any mode.
ASSENT_NOINLINE inline void call_each_in_any_mode(registry& in, channel& c, const void* argument) {
    first_exception thrown;
    const auto call = [&](invoke_function invoke, node* n) { thrown.guard([&] { invoke(n, argument); }); };
    walk(in, c, ready_record(in), call);
    thrown.rethrow();
}

/// The rest of call_each() after the callback of `it` threw, from inside the handler.
ASSENT_COLD inline void call_rest(frame& f, entry* it, entry* const last, const void* argument) {
    first_exception thrown;
    if (!thrown.keep_current()) ASSENT_RETHROW;
    while (++it != last) {
        publish(f.at, block::address(it));
        light_fence();
        if (const invoke_function invoke = it->invoke.load(fenced_load))
            thrown.guard([&] { invoke(it->callee, argument); });
    }
    thrown.rethrow();
}

/// The mode bits that the hot path expects, and its fence.
template <threading Threads>
inline constexpr std::uintptr_t usual_mode = Threads == threading::symmetric ? run::symmetric : 0;
template <threading Threads> void usual_fence() noexcept {
    if constexpr (Threads == threading::symmetric) {
        full_fence();
    } else {
        light_fence();
    }
}

/// W2 to W6 of a notification for one run in its usual mode; `h` is what W1 read. The caller has pushed the frame
/// and leaves it, also when this throws: by hand, because what has an address or a destructor costs this registers.
/// False: the run is in another mode by now, and nothing was called.
template <threading Threads>
ASSENT_INLINED inline bool call_each_in(frame& f, const run& r, std::uintptr_t h, const void* argument) {
    // A single thread: nobody replaces what has just been read, and W5 shows the first entry, too.
    while (Threads != threading::single) {
        publish(f.at, run::block_of(h)->first()); // W2
        usual_fence<Threads>();
        const std::uintptr_t again = r.head.load(fenced_load); // W3
        if (again == h) [[likely]]
            break;
        h = again;
        if ((h & run::bits) != usual_mode<Threads>) return false;
    }
    block& b = *run::block_of(h);
    entry* it = b.entries();
    entry* const last = it + b.size.load(std::memory_order_acquire); // W4
    ASSENT_TRY {
        if constexpr (Threads == threading::single) {
            for (; it != last; ++it) {
                publish(f.at, block::address(it));                               // W5
                if (const invoke_function invoke = it->invoke.load(fenced_load)) // W6
                    invoke(it->callee, argument);
            }
        } else {
            // The first is shown already; showing it twice costs more than the jump.
            while (it != last) {
                if (const invoke_function invoke = it->invoke.load(fenced_load)) // W6
                    invoke(it->callee, argument);
                if (++it == last) break;
                publish(f.at, block::address(it)); // W5
                light_fence();
            }
        }
    }
    ASSENT_CATCH_ALL { call_rest(f, it, last, argument); }
    return true;
}

/// W7 for frames pushed by hand, of which `outermost` was the first; the others show nothing any more. Inlined: a
/// call costs a notification four cycles.
ASSENT_INLINED inline void leave_by_hand(record& mine, frame& outermost) noexcept {
    publish(outermost.at, std::uintptr_t{0}); // W7
    mine.top = &outermost;
    // Partner: removal::leave_to(), whose heavy fence this light one needs.
    light_fence();
    if (mine.pending.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
        settle_pending(mine);
}

/// The hot path of a notification, because it is what users choose the library for: call_each_in_any_mode() for
/// one run in the mode that is usual for `Threads`. Everything else is behind a call. Always inlined: reaching it by
/// a jump from a function that does nothing else costs four cycles.
template <threading Threads>
ASSENT_INLINED inline void call_each(registry& in, channel& c, const void* argument) {
    constexpr bool alone = Threads == threading::single;
    record* const mine = record_for_walk(in, alone);
    const std::uintptr_t h = c.head.load(std::memory_order_acquire); // W1
    if ((!alone && mine == nullptr) || mine->top == nullptr || (h & run::bits) != usual_mode<Threads>)
        [[unlikely]] {
        call_each_in_any_mode(in, c, argument);
        return;
    }
    if (h == usual_mode<Threads>) [[unlikely]]
        return;
    frame& f = *mine->top;
    mine->top = f.next;
    ASSENT_TRY {
        if (!call_each_in<Threads>(f, c, h, argument)) [[unlikely]] {
            publish(f.at, std::uintptr_t{0});
            mine->top = &f;
            call_each_in_any_mode(in, c, argument);
        }
    }
    ASSENT_CATCH_ALL {
        leave_by_hand(*mine, f);
        ASSENT_RETHROW;
    }
    leave_by_hand(*mine, f);
}

/// call_each_found() in any mode.
template <class Find>
ASSENT_NOINLINE void call_each_found_in_any_mode(registry& in, const void* argument, Find find) {
    const bool strict = (in.mode & run::strict) != 0;
    record& mine = ready_record(in);
    frame_scope found(mine);
    found.show_strictly(strict);
    const auto look_up = [&]() -> channel* {
        if (!frame_scope::reserve(mine)) out_of_memory();
        frame_scope table(mine);
        table.show_strictly(strict);
        return find([] { full_fence(); }, found.shown(), table.shown());
    };
    if (channel* const c = look_up()) call_each_in_any_mode(in, *c, argument);
}

/// call_each() for the channel that find(fence, found, table) finds, if any: see key_table::find(). The walk goes on
/// in the frame of the search.
///
/// By hand and not with frame_scopes: with many keys a notification waits for memory, and the fewer instructions it has
/// the more of them the processor has in work at a time.
template <threading Threads, class Find> void call_each_found(registry& in, const void* argument, Find find) {
    constexpr bool alone = Threads == threading::single;
    record* const mine = record_for_walk(in, alone);
    if ((!alone && mine == nullptr) || mine->top == nullptr || mine->top->next == nullptr ||
        in.mode != usual_mode<Threads>) [[unlikely]] {
        call_each_found_in_any_mode(in, argument, find);
        return;
    }
    frame& found = *mine->top;
    frame& f = *found.next;
    mine->top = f.next;
    ASSENT_TRY {
        if (channel* const c = find([] { usual_fence<Threads>(); }, found, f)) {
            const std::uintptr_t h = c->head.load(std::memory_order_acquire); // W1
            if ((h & run::bits) != usual_mode<Threads> ||
                (h != usual_mode<Threads> && !call_each_in<Threads>(f, *c, h, argument))) [[unlikely]] {
                publish(f.at, std::uintptr_t{0});
                mine->top = &f;
                call_each_in_any_mode(in, *c, argument);
            }
        }
    }
    ASSENT_CATCH_ALL {
        publish(f.at, std::uintptr_t{0});
        leave_by_hand(*mine, found);
        ASSENT_RETHROW;
    }
    publish(f.at, std::uintptr_t{0});
    leave_by_hand(*mine, found);
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
