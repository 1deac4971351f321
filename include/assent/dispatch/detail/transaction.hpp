// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_TRANSACTION_HPP
#define ASSENT_DISPATCH_DETAIL_TRANSACTION_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/pinned_walk.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/detail/state.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/dispatch/phase.hpp>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <type_traits>

namespace assent::inline ASSENT_ABI::detail {

/// Waits until no thread that unregisters a participant of transaction `number` satisfies `busy`.
/// The waiting thread cannot return early (they use its event), so its edge is never the one broken.
template <class Busy> void await_withdrawals(registry& in, std::uint64_t number, Busy busy) noexcept {
    struct target : wait_target {
        registry* in;
        std::uint64_t number;
        Busy busy;
        std::thread::id waiter; // not "this thread": others follow the edge
        std::thread::id find() const noexcept {
            const std::lock_guard guard(in->lock);
            for (withdrawal* w = in->withdrawals.load(std::memory_order_relaxed); w != nullptr; w = w->next)
                if (w->transaction == number && w->by != waiter && busy(*w)) return w->by;
            return {};
        }
    };
    // Acquire: partner of the release store in removal::list(), ordered before the null that was read.
    if (in.withdrawals.load(std::memory_order_acquire) == nullptr) return;
    const target waits_for{
        {[](const wait_target* t) noexcept { return static_cast<const target*>(t)->find(); }},
        &in,
        number,
        busy,
        std::this_thread::get_id()};
    // One edge for each thread waited for: an edge that silently came to mean another thread would hide a
    // cycle from both ends.
    for (std::thread::id on = waits_for.find(); on != std::thread::id(); on = waits_for.find()) {
        const wait_scope waiting(in.home_domain->waits, waits_for, true);
        poll_until([&] { return waits_for.find() != on; }, no_deadline);
    }
}

/// One change: asks, acts, tells. Runs under the dispatcher's ticket.
template <class C, class State> class transaction {
public:
    using event_type = event_type_of<C>;
    using status_type = typename C::status_type;
    using reason_type = abort_reason<status_type>;
    using clock = std::chrono::steady_clock;

    /// @param channels  whose participants take part; none: the change happens unasked.
    transaction(State& s, std::span<channel* const> channels, const event_type& event,
                const transaction_rules& rules, std::chrono::nanoseconds budget)
        : state_(s), channels_(channels), event_(event), rules_(rules), limited_(budget.count() > 0),
          until_(limited_ ? clock::now() + budget : clock::time_point()) {
        number_ = state_.transaction.load(std::memory_order_relaxed);
        state_.event.store(&event_, std::memory_order_release);
    }
    ~transaction() {
        if (!ended_) end();
        settle();
    }
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;

    /// Asks everybody, acts, tells everybody. An exception of a callback or the action is kept for later.
    template <class Action> void run(record& mine, Action& action) {
        if (channels_.empty()) {
            act(action);
            return;
        }
        const bool pinned = with_pinned(state_, channels_, mine, [&](const pinned_runs& runs) {
            ASSENT_TRY {
                ask(runs, mine);
                if (agreed()) act(action);
            }
            ASSENT_CATCH_ALL {
                // Not from a callback, those are kept: a status that cannot be copied, or the thread is cancelled.
                cause_ = abort_cause::exception;
                tell_abort(runs, mine);
                ASSENT_RETHROW;
            }
            if (agreed()) {
                tell_commit(runs, mine);
            } else {
                tell_abort(runs, mine);
            }
        });
        if (!pinned) out_of_memory();
    }

    outcome<status_type>& result() noexcept { return result_; }
    first_exception& thrown() noexcept { return thrown_; }

    /// The last step that needs the ticket.
    void end() noexcept {
        state_.transaction.store(number_ + 1, std::memory_order_release);
        await_withdrawals(state_, number_,
                          [](const withdrawal& w) { return !w.taken.load(std::memory_order_acquire); });
        state_.event.store(nullptr, std::memory_order_relaxed);
        ended_ = true;
    }

    /// Without the ticket: returns when nobody uses the event any more.
    void settle() noexcept {
        await_withdrawals(state_, number_, [](const withdrawal&) { return true; });
    }

private:
    bool agreed() const noexcept { return result_.result() == verdict::committed && !thrown_; }

    /// Whether the prepare phase has run out of its budget.
    bool late() {
        if (!limited_ || clock::now() <= until_) return false;
        if (agreed()) call_off(abort_cause::timed_out, verdict::timed_out, nullptr);
        return true;
    }

    void ask(const pinned_runs& runs, record& mine) {
        const bool all = forward(runs, mine, [&](invoke_function invoke, node* n) {
            if (late()) return false;
            status_type answer = status_traits<status_type>::agreed();
            const phase_call call{phase::prepare, &event_, &answer, nullptr};
            const bool returned = thrown_.guard([&] { invoke(n, &call); });
            if (call.absent) return true;
            if (returned && status_traits<status_type>::agrees(answer)) {
                n->stands.store(rules_.withdrawn == withdrawn_participant::aborted
                                    ? standing::prepared
                                    : standing::prepared_silent,
                                std::memory_order_relaxed);
            } else {
                n->stands.store(standing::refused, std::memory_order_relaxed);
                if (result_.result() == verdict::committed) {
                    call_off(returned ? abort_cause::refused : abort_cause::exception, verdict::refused,
                             returned ? &answer : nullptr);
                    result_.refused_by(n->does().name(n));
                }
                if (rules_.refusal == after_refusal::stop) return false;
            }
            if (state_.closing) {
                if (agreed()) call_off(abort_cause::withdrawn, verdict::refused, nullptr);
                return false;
            }
            return true;
        });
        // The last prepare counts too.
        if (all) late();
    }

    template <class Action> void act(Action& action) {
        using answer_type = std::invoke_result_t<Action&>;
        if constexpr (std::is_void_v<answer_type>) {
            if (!thrown_.guard([&] { std::invoke(action); }))
                call_off(abort_cause::exception, verdict::failed, nullptr);
        } else {
            std::optional<answer_type> answer;
            if (!thrown_.guard([&] { answer.emplace(std::invoke(action)); })) {
                call_off(abort_cause::exception, verdict::failed, nullptr);
            } else if (!status_traits<answer_type>::agrees(*answer)) {
                if constexpr (std::is_same_v<answer_type, status_type>) {
                    call_off(abort_cause::action_failed, verdict::failed, &*answer);
                } else {
                    call_off(abort_cause::action_failed, verdict::failed, nullptr);
                }
            }
        }
    }

    void call_off(abort_cause cause, verdict v, const status_type* status) {
        cause_ = cause;
        result_ = v;
        result_ = status != nullptr ? outcome<status_type>(v, *status) : outcome<status_type>(v);
    }

    void tell_commit(const pinned_runs& runs, record& mine) {
        const auto tell = [&](invoke_function invoke, node* n) {
            const standing stood = n->stands.load(std::memory_order_relaxed);
            if (stood == standing::prepared || stood == standing::prepared_silent) {
                // Before the call: unregistered inside it, the participant must not look prepared.
                n->stands.store(standing::idle, std::memory_order_relaxed);
                const phase_call call{phase::commit, &event_, nullptr, nullptr};
                invoke(n, &call);
            }
            return true;
        };
        if (rules_.commits == commit_order::forward) {
            forward(runs, mine, tell);
        } else {
            backward(runs, mine, tell);
        }
    }

    void tell_abort(const pinned_runs& runs, record& mine) {
        const reason_type reason{cause_, result_.status().has_value() ? &*result_.status() : nullptr};
        const auto tell = [&](invoke_function invoke, node* n) {
            const standing stood = n->stands.exchange(standing::idle, std::memory_order_relaxed);
            const bool hears =
                stood == standing::prepared || stood == standing::prepared_silent ||
                (stood == standing::refused && rules_.audience == abort_audience::with_refuser) ||
                rules_.audience == abort_audience::everyone;
            if (hears) {
                const phase_call call{phase::abort, &event_, nullptr, &reason};
                invoke(n, &call);
            }
            return true;
        };
        if (rules_.order == abort_order::forward) {
            forward(runs, mine, tell);
        } else {
            backward(runs, mine, tell);
        }
    }

    State& state_;
    std::span<channel* const> channels_;
    const event_type& event_;
    const transaction_rules rules_;
    const bool limited_;
    const clock::time_point until_;
    std::uint64_t number_ = 0;
    abort_cause cause_ = abort_cause::refused;
    outcome<status_type> result_{verdict::committed};
    first_exception thrown_;
    bool ended_ = false;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
