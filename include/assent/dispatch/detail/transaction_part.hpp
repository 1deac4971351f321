// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_TRANSACTION_PART_HPP
#define ASSENT_DISPATCH_DETAIL_TRANSACTION_PART_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/detail/pinned_walk.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/detail/course.hpp>
#include <assent/dispatch/detail/kept_channels.hpp>
#include <assent/dispatch/detail/newcomers.hpp>
#include <assent/dispatch/detail/observation.hpp>
#include <assent/dispatch/detail/state.hpp>
#include <assent/dispatch/detail/withdrawals.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/dispatch/phase.hpp>

#include <atomic>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// What a transaction needs to know of a part before its turn has come.
template <class C, class Policy, class Wanted> struct wanted_part {
    using category = C;
    using state_type = state<C, Policy>;
    using source = typename Wanted::source;
    state_type& in;
    Wanted what;
    transaction_rules rules;
};
template <class P> struct is_part : std::false_type {};
template <class C, class Policy, class Wanted>
struct is_part<wanted_part<C, Policy, Wanted>> : std::true_type {};

/// One dispatcher's share in a transaction: its event and the participants that are asked and told.
/// Made, used and destroyed while the ticket is held, settle() aside.
template <class WantedPart> class transaction_part {
    using C = typename WantedPart::category;
    using state_type = typename WantedPart::state_type;
    using source_type = typename WantedPart::source;

public:
    using status_type = typename C::status_type;

    /// Errors  what making the event throws, std::bad_alloc: nobody was asked.
    explicit transaction_part(const WantedPart& w)
        : state_(w.in), rules_(w.rules), source_(w.in, w.what), channels_(source_.channels(w.in)),
          number_(w.in.transaction.load(std::memory_order_relaxed)) {
        // Partner: the acquire load by a thread that tells a withdrawn participant.
        state_.event.store(&event(), std::memory_order_release);
        state_.in_flight = source_type::changes_instances;
    }
    ~transaction_part() {
        if (settled_) [[likely]]
            return;
        if (!ended_) end();
        settle();
    }
    transaction_part(const transaction_part&) = delete;
    transaction_part& operator=(const transaction_part&) = delete;

    /// Keeps the participants as they are now for all passes while the scope lives. False: no memory.
    bool pin(pin_scope& pins) noexcept { return runs_.pin(state_, channels_.all(), pins); }

    /// The prepare phase.
    void ask(course& all, record& mine) {
        const bool everyone = rules_.audience == abort_audience::everyone;
        in_phase(phase::prepare, [&] {
            return everyone || all.limited() ? ask_each<true>(all, mine) : ask_each<false>(all, mine);
        });
    }

    /// The change itself failed, with this answer.
    template <class Answer> void failed(const Answer& answer) {
        if constexpr (std::is_same_v<Answer, status_type>)
            result_ = outcome<status_type>(verdict::failed, answer);
    }

    /// The change itself has happened.
    void happened() { source_.happened(state_); }

    void tell_commit(record& mine) {
        const phase_call call{phase::commit, &event(), nullptr, nullptr};
        const auto tell = [&](invoke_function invoke, node* n) {
            const standing stood = n->stands.load(std::memory_order_relaxed);
            if (stood == standing::idle) return true;
            // Before the call: unregistered inside it, the participant must not look prepared.
            n->stands.store(standing::idle, std::memory_order_relaxed);
            if (prepared(stood)) [[likely]]
                invoke(n, &call);
            return true;
        };
        in_phase(phase::commit, [&] {
            pass(rules_.commits == commit_order::forward, mine, tell);
            return ending::done;
        });
    }

    void tell_abort(abort_cause cause, record& mine) {
        const abort_reason<status_type> reason{cause, result_.status() ? &*result_.status() : nullptr};
        const phase_call call{phase::abort, &event(), nullptr, &reason};
        const auto tell = [&](invoke_function invoke, node* n) {
            const standing stood = n->stands.exchange(standing::idle, std::memory_order_relaxed);
            if (hears_abort(stood)) invoke(n, &call);
            return true;
        };
        in_phase(phase::abort, [&] {
            pass(rules_.order == abort_order::forward, mine, tell);
            return ending::done;
        });
    }

    /// The last step of the transaction itself that needs the ticket.
    void end() noexcept {
        state_.in_flight = false;
        state_.transaction.store(number_ + 1, std::memory_order_release);
        // Also one listed before this began: it may have nulled its entry only after it was asked.
        await_withdrawals(state_, [last = number_](const withdrawal& w) {
            return w.transaction <= last && !w.taken.load(std::memory_order_acquire);
        });
        state_.event.store(nullptr, std::memory_order_relaxed);
        ended_ = true;
    }

    /// Tells those who registered with replay meanwhile. Still needs the ticket.
    void tell_newcomers(bool happened, record& mine, first_exception& thrown) {
        if (!state_.owes_newcomers) return;
        state_.owes_newcomers = false;
        thrown.guard([&] {
            // Looked up again: theirs may be the first registrations for the key.
            const auto channels = source_.channels(state_);
            observe(state_, {activity_kind::replay}, [&] {
                tell_owed<C>(state_, channels.all(), event(), happened, mine, thrown);
                return ending::done;
            });
        });
    }

    /// Without the ticket: returns when nobody uses the event any more.
    void settle() noexcept {
        await_withdrawals(state_, [mine = static_cast<const void*>(&event())](const withdrawal& w) {
            return w.taken.load(std::memory_order_acquire) && w.event == mine;
        });
        settled_ = true;
    }

    state_type& in() noexcept { return state_; }

    /// Whether it was one of this part's participants that refused first.
    bool refused() const noexcept { return refused_; }

    /// @param v  what became of the whole transaction
    outcome<status_type>& result(verdict v) {
        if (result_.result() != v) result_ = outcome<status_type>(v);
        return result_;
    }

private:
    /// In front of the observer, if there is anybody to call.
    template <class Body> void in_phase(phase which, Body body) {
        if (channels_.all().empty()) {
            static_cast<void>(body());
        } else {
            observe(state_, {activity_kind::phase, which}, body);
        }
    }

    const event_type_of<C>& event() const noexcept { return source_.event(); }

    /// Lets close() remark on the calls of the prepare phase.
    class asking_scope {
    public:
        asking_scope(state_type& s, const phase_call& call) noexcept : state_(s) {
            call.remarkable = s.closing;
            s.asking = &call;
        }
        asking_scope(const asking_scope&) = delete;
        asking_scope& operator=(const asking_scope&) = delete;
        ~asking_scope() { state_.asking = nullptr; }

    private:
        state_type& state_;
    };

    // Not inlined: all registers are for the loop. LooksFirst: at the budget, and at who is absent.
    template <bool LooksFirst> ASSENT_NOINLINE ending ask_each(course& all, record& mine) {
        if (LooksFirst && rules_.audience == abort_audience::everyone) leave_out_absent(mine);
        status_type answer = status_traits<status_type>::agreed();
        const phase_call call{phase::prepare, &event(), &answer, nullptr};
        const asking_scope asking(state_, call);
        const standing agreeing = when_agreed();
        const auto ask_one = [&](invoke_function invoke, node* n) ASSENT_INLINED {
            if constexpr (LooksFirst) {
                if (all.late()) return false;
                if (n->stands.load(std::memory_order_relaxed) == standing::absent) return true;
            }
            const bool returned = all.thrown.guard([&] { invoke(n, &call); });
            if (!returned || call.remarkable) [[unlikely]]
                return look_at(all, n, call, returned, answer);
            n->stands.store(agreeing, std::memory_order_relaxed);
            return true;
        };
        // The last prepare counts too.
        if (forward(runs_, mine, ask_one)) all.late();
        return all.thrown ? ending::threw : ending_of(all.so_far());
    }

    /// What else came of asking a participant. False: nobody else is asked.
    ASSENT_COLD bool look_at(course& all, node* n, const phase_call& call, bool returned,
                             status_type& answer) {
        call.remarkable = state_.closing;
        if (std::exchange(call.absent, false)) return true;
        if (returned && status_traits<status_type>::agrees(answer)) {
            n->stands.store(when_agreed(), std::memory_order_relaxed);
        } else {
            n->stands.store(standing::refused, std::memory_order_relaxed);
            if (all.call_off(verdict::refused, returned ? abort_cause::refused : abort_cause::exception)) {
                refused_ = true;
                // The verdict first: a status may be one that cannot be copied.
                result_ = verdict::refused;
                if (returned) result_ = outcome<status_type>(verdict::refused, answer);
                result_.refused_by(n->does().name(n));
            }
            if (rules_.refusal == after_refusal::stop) return false;
            answer = status_traits<status_type>::agreed();
        }
        if (!state_.closing) return true;
        all.call_off(verdict::refused, abort_cause::withdrawn);
        return false;
    }

    /// Where everybody is told of an abort, those who are not there yet are told nothing, even if they come
    /// before the end and were never come to in the prepare phase.
    ASSENT_COLD void leave_out_absent(record& mine) {
        forward(runs_, mine, [](invoke_function invoke, node* n) {
            if (invoke == n->does().placeholder) n->stands.store(standing::absent, std::memory_order_relaxed);
            return true;
        });
    }
    standing when_agreed() const noexcept {
        return rules_.withdrawn == withdrawn_participant::aborted ? standing::prepared
                                                                  : standing::prepared_silent;
    }
    static bool prepared(standing s) noexcept {
        return s == standing::prepared || s == standing::prepared_silent;
    }
    bool hears_abort(standing stood) const noexcept {
        switch (rules_.audience) {
        case abort_audience::everyone:
            return stood != standing::absent;
        case abort_audience::with_refuser:
            return prepared(stood) || stood == standing::refused;
        case abort_audience::prepared:
            break;
        }
        return prepared(stood);
    }

    template <class Tell> ASSENT_NOINLINE void pass(bool is_forward, record& mine, const Tell& tell) {
        if (is_forward) {
            forward(runs_, mine, tell);
        } else {
            backward(runs_, mine, tell);
        }
    }

    state_type& state_;
    const transaction_rules rules_;
    source_type source_;
    const kept_channels<C, state_type> channels_;
    const std::uint64_t number_;
    pinned_runs runs_;
    outcome<status_type> result_{verdict::committed};
    bool refused_ = false;
    bool ended_ = false;
    bool settled_ = false;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
