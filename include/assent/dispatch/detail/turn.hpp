// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_TURN_HPP
#define ASSENT_DISPATCH_DETAIL_TURN_HPP

#include <assent/config.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/dispatch/detail/ticket.hpp>

#include <memory>

namespace assent::inline ASSENT_ABI::detail {

/// A dispatcher's ticket, asked for and let go. Whoever holds it keeps the state of a dispatcher that is destroyed
/// inside one of its callbacks.
template <class State> class turn_scope {
public:
    explicit turn_scope(State& s) noexcept : state_(s) {}
    turn_scope(const turn_scope&) = delete;
    turn_scope& operator=(const turn_scope&) = delete;
    ~turn_scope() {
        if (entered_) {
            // Unwinding past leave(): the thread is being cancelled. What was queued is done all the same.
            first_exception unreported;
            leave(unreported);
        }
        if (left_to_us_) state_.give_up();
    }

    bool held_here() const noexcept { return state_.turn.held_here(); }

    /// Waits until it is this thread's turn, or says why that will not be.
    admission enter() noexcept {
        const admission came = state_.turn.enter(state_.home_domain->waits);
        entered_ = came == admission::entered;
        return came;
    }

    /// Does what was queued inside callbacks meanwhile, then hands the ticket on. Nothing if it was not ours.
    void leave(first_exception& thrown) {
        if (!entered_) return;
        for (;;) {
            // The dispatcher was destroyed inside one of its callbacks: what close() left to us.
            left_to_us_ = state_.closing;
            if (left_to_us_) state_.detach_everything();
            const std::unique_ptr<queued_operation> next(state_.turn.leave());
            if (next == nullptr) break;
            thrown.guard([&] { next->run(); });
        }
        entered_ = false;
    }

private:
    State& state_;
    bool entered_ = false;
    bool left_to_us_ = false;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
