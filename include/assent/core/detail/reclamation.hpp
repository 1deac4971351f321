// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_RECLAMATION_HPP
#define ASSENT_CORE_DETAIL_RECLAMATION_HPP

// Unregistering: how a thread knows, exactly for one entry, whether anybody is still calling it.
//
// A walk owns a frame, one atomic word `at`. Before it reads an entry's `invoke` it publishes the
// entry's address there; the thread that unregisters nulls `invoke`, fences, and scans all frames.
//
//   walk                                             unregister X
//   W1 h = head (acquire)                            U1 maybe head |= symmetric (release)
//   W2 at = first entry (release); fence*            U2 X.invoke = null (release), in every block of the run
//   W3 h2 = head (acquire); differs: W2 with h2      U3 fence; heavy fence if walks do not fence
//   W4 n = size (acquire)                            U4 scan: at (acquire) of every frame
//   W5 at = entry i (release); light fence           U5 shown by a frame: wait until it is left
//   W6 f = invoke; if f: call                        U6 destroy the callable
//   W7 at = 0 (release)
//   * symmetric or strict: a full fence; otherwise a light one (compiler only). strict: also at W5, W7.
//
// Invariants
//   I1 A walk publishes before it validates head (W2, W3), and the mode bit it obeys is the validated one.
//   I2 `symmetric` changes under the lock only; after it is set, a heavy fence runs before it is relied on.
//   I3 Within a walk of blocks `at` only grows; a slot is used once. A pass that goes backward
//      (reverse aborts) is a walk of one entry each time: it reads the mode after every publication.
//   I4 After U2, X.invoke is null in every block a frame can show: the current one and those retired.
//   I5 Positions are stored release and scanned acquire: leaving X is what completes X for the scanner.
//
// Why a scan that misses X proves that X is not running and never will
//   Heavy fence: it puts a full barrier at some point p of every running thread. Published X before p:
//     the scan sees X or a later position, and later means returned. After p: W6 follows p, reads null.
//   Strict: the walk's fence after publishing X and U3 are ordered. Walk's first: the scan sees X or
//     later. U3 first: W6 reads null.
//   Symmetric: only W2 is fenced. Its fence after U3: every W6 reads null. Before: the scan sees that walk;
//     past X is over (I3), at X is waited for, before X may hide a W5 still in the store buffer: it is looked
//     at until it is past X or over, and if that takes long a heavy fence follows and the scan is repeated.
//   Switching: a walk validated without the bit either published before the heavy fence of I2, so the scan
//     sees it, or reads the bit at W3, retries and fences.
//   No other record: attaching (push record, fence, read) against U2, U3 (null, fence, read records).
//   Blocks: `at` with W3 is a validated hazard pointer. A replaced block is freed once no frame shows it.
//   A single thread (threading::single) needs no fence, no lock and no W3: it sees its own stores, and whatever
//     walk it is in is one of those around the unregistration, whose frames show where they are.
//
// Pairs: what is stored with release / loaded with acquire, unless it says otherwise
//   head: retire_block(), U1, leave_symmetric(), add_run() / W1, W3
//   size: attach() / W4. sequence: attach() / before the first run of a walk that leaves out what is newer
//   at: W2, W5, W7 / U4, U5
//   invoke: U2 / W6, by the fences above; list(), before U2 / W6 of a transaction; after a sink (on_into()) / W6
//   full fences: W2, and strict W5 and W7 / U3; claim(), grow() / U3; W7, light / leave_to(), heavy
//   others, highest, below_root, lower: add_run(), link(), unlink_empty() / highest(), below()
//   records, owner: claim(), seq_cst / for_each_position(), others_than(). owner: give_back() / claim(), and who
//     passes over a record without one: the walks in it are over
//   more: grow() / for_each_frame(). pending: defer(), seq_cst / settle_pending(); W7 looks relaxed, by its fence
//   withdrawals: list(), take_off_list() / await_withdrawals(). taken: finish() / transaction_part. event: the other way
//   stands: relaxed on both sides, by `at`
//   references_, holders: the last decrement, acq_rel, has all others before it
//   a spin_lock: unlock() / try_lock(). slots, current_: see key_table.hpp. taken_, released: see tenancy.hpp
//   What else is relaxed is used under the lock or by one thread, or is a number through which nothing is read.
// ThreadSanitizer knows no fences: for it at, invoke, head and current_ are exchanged, and they and what else is
// read after a fence are read, sequentially consistent (publish(), fenced_load).

#include <assent/config.hpp>
#include <assent/core/detail/registry.hpp>
#include <assent/core/unregister_result.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>

namespace assent::inline ASSENT_ABI::detail {

enum class wait_policy : unsigned char { wait, no_wait, wait_in_destructor };

using deadline = std::chrono::steady_clock::time_point;
ASSENT_HIDDEN inline constexpr deadline no_deadline = deadline::max();

/// A frame that was seen inside a call.
struct sighting {
    record* in = nullptr;
    frame* where = nullptr;
    std::uintptr_t at = 0;

    bool over() const noexcept { return where->at.load(fenced_load) != at; }
};

/// Polls: about 1 µs spinning, then yielding, then sleeps of 50 µs doubling to 1 ms. Whoever is waited
/// for never wakes anybody, so that a notification does not pay for those who unregister.
/// Returns when done() or when the time has come.
template <class Condition> void poll_until(Condition done, deadline until) noexcept {
    using namespace std::chrono_literals;
    for (int i = 0; i < 100; ++i)
        if (done()) return;
    for (int i = 0; i < 10; ++i) {
        std::this_thread::yield();
        if (done()) return;
    }
    std::chrono::steady_clock::duration pause = 50us;
    while (!done()) {
        const auto left = until - std::chrono::steady_clock::now();
        if (left <= left.zero()) return;
        pause = std::min(pause, left);
        std::this_thread::sleep_for(pause);
        pause = std::min<std::chrono::steady_clock::duration>(2 * pause, 1ms);
    }
}

/// Unregisters one node; made on the stack of the thread that does it.
class removal {
public:
    removal(node& n) noexcept : node_(n), run_(*n.home), registry_(*n.home->in().owner) {}
    removal(const removal&) = delete;
    removal& operator=(const removal&) = delete;

    /// After this returns the callable is not running on another thread and will not be called, unless the
    /// result says otherwise; then it is destroyed after its last invocation. Needs no memory.
    unregister_result operator()(wait_policy policy, deadline until = no_deadline) noexcept {
        sightings seen;
        registry::remains left;
        bool over = false;
        {
            const std::lock_guard guard(registry_.lock);
            switch (node_.state.load(std::memory_order_relaxed)) {
            case node_state::dormant:
                break;
            case node_state::live:
                seen = withdraw_entry(registry_.has_phases);
                break;
            case node_state::detached:
                seen = scan({});
                break;
            }
            // The common case ends here, with the lock taken once. Counted out, we touch the registry no more.
            over = seen.none() && !registry_.has_phases;
            if (over) left = registry_.dismiss(run_.in());
        }
        if (over) {
            node_.does().destroy(&node_);
            registry_.bury(left);
            return unregister_result::done;
        }
        const unregister_result result = settle_with(seen, policy, until);
        if (listed_) unlist();
        return result;
    }

    /// Takes the entry out and leaves the node to its registration, which is inert from now on.
    static void detach(node& n) noexcept {
        removal self(n);
        const std::lock_guard guard(self.registry_.lock);
        if (n.state.load(std::memory_order_relaxed) == node_state::live) self.withdraw_entry(false);
    }

    /// The deferred node's turn again: destroyed unless a frame still shows it.
    static void settle(deferred* object) noexcept {
        removal again(*static_cast<node*>(object));
        sightings seen;
        {
            const std::lock_guard guard(again.registry_.lock);
            seen = again.scan({});
        }
        // A walk shows an unregistered entry for a moment, on its way past it: not worth handing the node on.
        for (int i = 0; i < 100 && seen.foreign.in != nullptr && !seen.foreign.over(); ++i) continue;
        if (seen.foreign.in != nullptr) {
            const std::lock_guard guard(again.registry_.lock);
            seen = again.scan({});
        }
        again.settle_with(seen, wait_policy::no_wait, no_deadline);
    }

    /// U1 and U2. True: walks do not fence, so U3 must make them.
    /// @param counts  not another one of a group: that has one fence, and says once how often there are any
    bool null_entry(bool counts = true) noexcept {
        const bool interrupt = (run_.head.load(std::memory_order_relaxed) & run::symmetric) == 0;
        // Adaptive, because always interrupting makes churn sixteen times slower (83,000 pairs a second instead of 1.4
        // million), and always fencing costs every notification a fence for unregistrations that never come.
        if (interrupt && counts && registry_.home_domain->kind == fence_kind::asymmetric &&
            registry_.others()) {
            const auto now = std::chrono::steady_clock::now();
            if (now - registry_.last_heavy_fence < std::chrono::microseconds(100))
                run_.head.fetch_or(run::symmetric, std::memory_order_release);
            registry_.last_heavy_fence = now;
        }
        block& b = *run_.current();
        publish<invoke_function>(b.entries()[node_.index].invoke, nullptr);
        for (block* old = run_.retired; old != nullptr; old = old->next_retired)
            if (entry* const e = old->find(b.sequences()[node_.index]))
                publish<invoke_function>(e->invoke, nullptr);
        node_.state.store(node_state::detached, std::memory_order_relaxed);
        registry::count_out(run_);
        ++registry_.removals;
        return interrupt;
    }

    /// Whether a walk shows the entry just nulled, or, shown before it, may be past it already: U4 in its parts, for
    /// several nodes at once. Under the lock.
    bool shown() noexcept { return !scan({}).none(); }
    bool shown_before() noexcept { return scan(where()).before; }

    /// Keeps walks proportional to the live entries. Skipped when there is no memory. Under the lock.
    void shrink() noexcept {
        block* const b = run_.current();
        const std::uint32_t used = b == nullptr ? 0 : b->size.load(std::memory_order_relaxed);
        if (used >= 32 && run_.live < used / 4) static_cast<void>(registry_.replace(run_, run_.live));
        registry_.unlink_empty(run_.in());
    }

private:
    struct sightings {
        record* own = nullptr;
        sighting foreign;
        bool before = false;

        bool none() const noexcept { return own == nullptr && foreign.in == nullptr; }
    };

    /// Where the node's own entry stands, for walks that have not come to it (symmetric mode only).
    struct place {
        std::uint64_t sequence = 0;
        bool symmetric = false;
    };

    sightings withdraw_entry(bool tells) noexcept {
        if (tells) list();
        const bool interrupt = null_entry();
        registry_.fence_walks(interrupt); // U3
        // U4. A walk in a mode without fence that has not come to X reads null when it does; a fenced one may
        // have passed W6 already, with W5 not yet visible.
        sightings seen = scan(interrupt ? place() : where());
        if (seen.before) {
            registry_.home_domain->fence_others();
            seen = scan({});
        }
        shrink();
        return seen;
    }

    /// The place of the entry just nulled, before its block is replaced.
    place where() const noexcept { return {run_.current()->sequences()[node_.index], true}; }

    sightings scan(place x) noexcept {
        sightings seen;
        const auto self = std::this_thread::get_id();
        registry_.for_each_position([&](record& r, frame& f, std::uintptr_t at) {
            block* const b = run_.containing(at);
            if (b == nullptr || block::is_pin(at)) return true;
            if (reinterpret_cast<entry*>(at)->callee == &node_) {
                if (r.owner.load(std::memory_order_relaxed) == self) {
                    seen.own = &r;
                } else if (seen.foreign.in == nullptr) {
                    seen.foreign = {&r, &f, at};
                }
            } else if (x.symmetric && !seen.before && r.owner.load(std::memory_order_relaxed) != self) {
                // One that has not passed is enough: the heavy fence it takes is for all.
                const entry* const mine = b->find(x.sequence);
                if (mine == nullptr || at >= block::address(mine)) return true;
                const std::uintptr_t now = passing(f, at, block::address(mine));
                if (now == block::address(mine)) {
                    seen.foreign = {&r, &f, now};
                } else if (now != 0) {
                    seen.before = true;
                }
            }
            return true;
        });
        return seen;
    }

    /// Looks for about 1 µs at a walk that shows `at`, before the entry at `mine`. Zero: it is past it, or over; where
    /// it starts again it fences after U3, and reads null. Otherwise what it shows now.
    static std::uintptr_t passing(const frame& f, std::uintptr_t at, std::uintptr_t mine) noexcept {
        for (int i = 0; i < 1000 && at != mine; ++i) {
            const std::uintptr_t now = f.at.load(fenced_load);
            if (now < at || now > mine) return 0;
            at = now;
        }
        return at;
    }

    /// U5 and U6.
    unregister_result settle_with(sightings seen, wait_policy policy, deadline until) noexcept {
        while (seen.foreign.in != nullptr) {
            if (policy == wait_policy::no_wait)
                return leave_to(seen.foreign, unregister_result::still_running);
            const frame_wait target{{&frame_wait::blocker}, seen.foreign};
            wait_scope waiting(registry_.home_domain->waits, target);
            if (waiting.closes_cycle()) {
                if (policy == wait_policy::wait_in_destructor)
                    registry_.does().cycle_in_destructor(node_.does().name(&node_), name_of_callback());
                return leave_to(seen.foreign, unregister_result::cycle_broken);
            }
            // In slices, each followed by a look under the lock: what the frame shows may have become another
            // call, in a new block at the old block's address.
            const deadline slice = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
            poll_until([&] { return seen.foreign.over() || waiting.broken(); }, std::min(until, slice));
            const bool broken = waiting.broken();
            waiting.end();
            // No entry shows the node any more, so frames can only leave it: this ends.
            {
                const std::lock_guard guard(registry_.lock);
                seen = scan({});
            }
            if (seen.foreign.in == nullptr) break;
            if (broken) return leave_to(seen.foreign, unregister_result::cycle_broken);
            if (std::chrono::steady_clock::now() >= until)
                return leave_to(seen.foreign, unregister_result::timed_out);
        }
        if (seen.own != nullptr) {
            seen.own->defer(node_);
            return unregister_result::inside_callback;
        }
        finish();
        return unregister_result::done;
    }

    struct frame_wait : wait_target {
        sighting on;
        static std::thread::id blocker(const wait_target* t) noexcept {
            const auto& wait = *static_cast<const frame_wait*>(t);
            return wait.on.over() ? std::thread::id() : wait.on.in->owner.load(std::memory_order_relaxed);
        }
    };

    /// Of the innermost callback of the domain that this thread is in; empty: none, or no name.
    std::string_view name_of_callback() const noexcept {
        std::string_view name;
        if (record* const mine = registry_.home_domain->find(std::this_thread::get_id())) {
            mine->for_each_frame([&](frame& f) {
                const std::uintptr_t at = f.at.load(std::memory_order_relaxed);
                if (at != 0 && !block::is_pin(at)) {
                    node* const callee = reinterpret_cast<entry*>(at)->callee;
                    name = callee->does().name(callee);
                }
                return true;
            });
        }
        return name;
    }

    unregister_result leave_to(const sighting& busy, unregister_result result) noexcept {
        registry& r = registry_;
        // Once deferred, the node may be gone at any moment, and with it the last reference to the registry.
        r.acquire();
        busy.in->defer(node_);
        // Against W7: either that walk sees the list when it leaves, or we see that it left and take back.
        full_fence();
        r.home_domain->fence_others();
        if (busy.over()) settle_pending(*busy.in);
        if (listed_) unlist();
        r.release();
        return result;
    }

    /// U6
    void finish() noexcept {
        registry& r = registry_;
        channel& of = run_.in();
        const node_operations& does = node_.does();
        const bool prepared = node_.stands.load(std::memory_order_relaxed) == standing::prepared;
        // Its transaction cannot end before we are off the list, nor let another begin before `taken`.
        const void* const event = r.event.load(std::memory_order_acquire);
        withdrawal_.event = prepared ? event : nullptr;
        withdrawal_.taken.store(true, std::memory_order_release);
        if (prepared) does.withdraw(&node_, event);
        does.destroy(&node_);
        registry::remains left;
        {
            // Together: once the node is counted out, the registry may go.
            const std::lock_guard guard(r.lock);
            if (listed_) take_off_list();
            left = r.dismiss(of);
        }
        r.bury(left);
    }

    void list() noexcept {
        withdrawal_.transaction = registry_.transaction.load(std::memory_order_relaxed);
        withdrawal_.by = std::this_thread::get_id();
        withdrawal_.next = registry_.withdrawals.load(std::memory_order_relaxed);
        registry_.withdrawals.store(&withdrawal_, std::memory_order_release);
        listed_ = true;
    }

    void unlist() noexcept {
        const std::lock_guard guard(registry_.lock);
        take_off_list();
    }

    /// Under the lock.
    void take_off_list() noexcept {
        withdrawal* const after = withdrawal_.next;
        if (registry_.withdrawals.load(std::memory_order_relaxed) == &withdrawal_) {
            registry_.withdrawals.store(after, std::memory_order_release);
        } else {
            withdrawal* w = registry_.withdrawals.load(std::memory_order_relaxed);
            while (w->next != &withdrawal_) w = w->next;
            w->next = after;
        }
        listed_ = false;
    }

    node& node_;
    run& run_;
    registry& registry_;
    withdrawal withdrawal_{};
    bool listed_ = false;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
