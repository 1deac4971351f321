// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_PARTICIPANT_HPP
#define ASSENT_DISPATCH_PARTICIPANT_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/contract.hpp>
#include <assent/core/detail/callable_node.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/dispatch/uninterested.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// Three callables that together are one participant; made by dispatcher::on(prepare, commit, abort). In the place
/// of a phase that does not matter to it stands uninterested.
template <class Prepare, class Commit, class Abort> class three_callables {
public:
    template <class P, class C, class A>
    three_callables(P&& prepare, C&& commit, A&& abort)
        : prepare_(std::forward<P>(prepare)), commit_(std::forward<C>(commit)),
          abort_(std::forward<A>(abort)) {}

    template <class Event>
        requires std::invocable<Prepare&, const Event&>
    auto prepare(const Event& e) { return std::invoke(prepare_, e); }
    template <class Event>
        requires std::invocable<Commit&, const Event&>
    auto commit(const Event& e) noexcept(std::is_nothrow_invocable_v<Commit&, const Event&>) {
        return std::invoke(commit_, e);
    }
    template <class Event>
        requires std::invocable<Abort&, const Event&>
    auto abort(const Event& e) noexcept(std::is_nothrow_invocable_v<Abort&, const Event&>) {
        return std::invoke(abort_, e);
    }
    template <class Event, class Reason>
        requires std::invocable<Abort&, const Event&, const Reason&>
    auto abort(const Event& e,
               const Reason& r) noexcept(std::is_nothrow_invocable_v<Abort&, const Event&, const Reason&>) {
        return std::invoke(abort_, e, r);
    }

private:
    Prepare prepare_;
    Commit commit_;
    Abort abort_;
};

namespace detail {

/// A participant without a say: nothing is called in the prepare phase, it agrees.
template <class P> struct has_no_say : std::false_type {};
template <class C, class A> struct has_no_say<three_callables<uninterested, C, A>> : std::true_type {};

template <class P, class C>
concept has_prepare = requires(P& p, const event_type_of<C>& e) {
    p.prepare(e);
};
template <class P, class C>
concept answers_prepare = requires(P& p, const event_type_of<C>& e) {
    { p.prepare(e) } -> std::convertible_to<typename C::status_type>;
};
template <class P, class C>
concept has_commit = requires(P& p, const event_type_of<C>& e) {
    p.commit(e);
};
template <class P, class C>
concept has_abort_with_reason = requires(P& p, const event_type_of<C>& e,
                                         const abort_reason<typename C::status_type>& r) {
    p.abort(e, r);
};
template <class P, class C>
concept has_plain_abort = requires(P& p, const event_type_of<C>& e) {
    p.abort(e);
};
template <class P, class C>
concept has_abort = has_abort_with_reason<P, C> || has_plain_abort<P, C>;
template <class P, class C>
concept wants_mutable_phase_event =
    (!has_prepare<P, C> && requires(P & p, event_type_of<C>& e) { p.prepare(e); }) ||
    (!has_commit<P, C> && requires(P & p, event_type_of<C>& e) { p.commit(e); }) ||
    (!has_abort<P, C> && requires(P & p, event_type_of<C>& e) { p.abort(e); });

// Finishing phases return void and do not throw; without exceptions there is nothing to throw.
template <class P, class C>
concept finishing_commit = requires(P& p, const event_type_of<C>& e) {
    { p.commit(e) } -> std::same_as<void>;
    requires !config::exceptions || noexcept(p.commit(e));
};
template <class P, class C>
concept finishing_abort_with_reason = requires(P& p, const event_type_of<C>& e,
                                               const abort_reason<typename C::status_type>& r) {
    { p.abort(e, r) } -> std::same_as<void>;
    requires !config::exceptions || noexcept(p.abort(e, r));
};
template <class P, class C>
concept finishing_plain_abort = requires(P& p, const event_type_of<C>& e) {
    { p.abort(e) } -> std::same_as<void>;
    requires !config::exceptions || noexcept(p.abort(e));
};
/// The form that takes the reason is the one called where there are both.
template <class P, class C>
concept finishing_abort = finishing_abort_with_reason<P, C> ||
    (!has_abort_with_reason<P, C> && finishing_plain_abort<P, C>);

template <class F, class C>
concept receives_phase = requires(F& f, const phase_notice<typename C::status_type>& n,
                                  const event_type_of<C>& e) {
    f(n, e);
};
template <class F, class C>
concept answers_phase = requires(F& f, const phase_notice<typename C::status_type>& n,
                                 const event_type_of<C>& e) {
    { f(n, e) } -> std::convertible_to<typename C::status_type>;
};
template <class F, class C>
concept finishing_phase =
    !config::exceptions ||
    requires(F & f, const phase_notice<typename C::status_type>& n, const event_type_of<C>& e) {
    requires noexcept(f(n, e));
};

/// The first contract that P breaks as a participant in the two-phase category C.
template <class C, class P> consteval contract phases_contract() {
    if constexpr (receives_phase<P, C>) {
        if constexpr (!answers_phase<P, C>) return contract::participant_phase_status;
        if constexpr (!finishing_phase<P, C>) return contract::participant_phase_noexcept;
        return contract::kept;
    } else if constexpr (wants_mutable_phase_event<P, C>) {
        return contract::participant_const_event;
    } else if constexpr (!has_prepare<P, C>) {
        if constexpr (std::invocable<P&, const event_type_of<C>&>) return contract::participant_one_callable;
        return contract::participant_prepare;
    } else if constexpr (!answers_prepare<P, C> && !has_no_say<P>::value) {
        return contract::participant_status;
    } else if constexpr (!has_commit<P, C>) {
        return contract::participant_commit;
    } else if constexpr (!finishing_commit<P, C>) {
        return contract::participant_finishing_commit;
    } else if constexpr (!has_abort<P, C>) {
        return contract::participant_abort;
    } else if constexpr (!finishing_abort<P, C>) {
        return contract::participant_finishing_abort;
    } else {
        return contract::kept;
    }
}

/// The same for what on() is given: it must also be possible to keep it.
template <class C, class From> consteval contract participant_contract() {
    if constexpr (!std::constructible_from<std::decay_t<From>, From>) {
        return contract::participant_storable;
    } else {
        return phases_contract<C, std::remove_reference_t<std::unwrap_ref_decay_t<From>>>();
    }
}

/// Calls what is stored for a participant (an object, a std::reference_wrapper to one, or one callable).
template <class C> struct participant_shape {
    static constexpr bool two_phase = true;
    using event_type = event_type_of<C>;
    using status_type = typename C::status_type;
    using reason_type = abort_reason<status_type>;

    template <class Stored> static void invoke(Stored& stored, const void* argument) {
        const auto& call = *static_cast<const phase_call*>(argument);
        const auto& event = *static_cast<const event_type*>(call.event);
        std::unwrap_reference_t<Stored>& participant = stored;
        if (call.which == phase::prepare) {
            answer(call, prepare(participant, event));
        } else if (call.which == phase::commit) [[likely]] {
            commit(participant, event);
        } else {
            abort(participant, event, *static_cast<const reason_type*>(call.reason));
        }
    }

    template <class Stored> static void withdraw(Stored& stored, const void* event) noexcept {
        abort(static_cast<std::unwrap_reference_t<Stored>&>(stored), *static_cast<const event_type*>(event),
              reason_type{abort_cause::withdrawn, nullptr});
    }

    static void placeholder(node*, const void* argument) {
        const auto& call = *static_cast<const phase_call*>(argument);
        call.absent = true;
        call.remarkable = true;
    }

private:
    using notice = phase_notice<status_type>;

    static void answer(const phase_call& call, status_type&& s) {
        if (status_traits<status_type>::agrees(s)) [[likely]]
            return;
        *static_cast<status_type*>(call.status) = std::move(s);
        call.remarkable = true;
    }

    template <class P> static status_type prepare(P& p, const event_type& e) {
        if constexpr (receives_phase<P, C>) {
            return p(notice{phase::prepare, nullptr}, e);
        } else if constexpr (has_no_say<P>::value) {
            return status_traits<status_type>::agreed();
        } else {
            return p.prepare(e);
        }
    }
    template <class P> static void commit(P& p, const event_type& e) noexcept {
        if constexpr (receives_phase<P, C>) {
            static_cast<void>(p(notice{phase::commit, nullptr}, e));
        } else {
            p.commit(e);
        }
    }
    template <class P> static void abort(P& p, const event_type& e, const reason_type& reason) noexcept {
        if constexpr (receives_phase<P, C>) {
            static_cast<void>(p(notice{phase::abort, &reason}, e));
        } else if constexpr (has_abort_with_reason<P, C>) {
            p.abort(e, reason);
        } else {
            p.abort(e);
        }
    }
};

} // namespace detail

/// What can take part in the transactions of the two-phase category C: an object with prepare, commit and
/// abort, a std::reference_wrapper to one, or one callable that receives the phase.
template <class P, class C>
concept participant_in = two_phase<C> && detail::participant_contract<C, P>()
== detail::contract::kept;

} // namespace assent::inline ASSENT_ABI

#endif
