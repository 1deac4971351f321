// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_DETAIL_MISUSED_POST_HPP
#define ASSENT_ASYNC_DETAIL_MISUSED_POST_HPP

#include <assent/config.hpp>
#include <assent/async/delivery_result.hpp>
#include <assent/async/executor.hpp>
#include <assent/async/submission.hpp>
#include <assent/core/category.hpp>
#include <assent/core/contract.hpp>
#include <assent/dispatch/detail/misused_category.hpp>
#include <assent/dispatch/dispatcher.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 16 "assent/async/detail/misused_post.hpp"

#include <concepts>
#include <type_traits>

namespace assent::inline ASSENT_ABI {
namespace detail {

// What post() and its like must not be given. The conversion is the error, not the function: g++ reports an
// unavailable free function twice.

struct no_executor {
    template <class E>
        requires(!executor_reference<E>)
    ASSENT_UNAVAILABLE(
        "assent: executor [execute]: needs `assent::submission execute(assent::task&&)`; it takes the "
        "task out of its argument when it answers accepted")
    no_executor(E&&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct two_phase_dispatcher {
    template <two_phase C, class Policy>
    ASSENT_UNAVAILABLE("assent: one-phase category [post]: nobody waits for the answers of two phases; use "
                       "post_announcement(executor, dispatcher, event), or transact in a task of your own")
    two_phase_dispatcher(dispatcher<C, Policy>&) {
        misused();
    } // NOLINT(google-explicit-constructor)
};

struct one_phase_dispatcher {
    template <one_phase C, class Policy>
    ASSENT_UNAVAILABLE("assent: two-phase category [post_announcement]: this category has one phase; use "
                       "post(executor, dispatcher, event)")
    one_phase_dispatcher(dispatcher<C, Policy>&) {
        misused();
    } // NOLINT(google-explicit-constructor)
};

struct dispatcher_first {
    template <class C, class Policy>
    ASSENT_UNAVAILABLE("assent: executor [first]: the executor comes before the dispatcher: "
                       "post(executor, dispatcher, event)")
    dispatcher_first(dispatcher<C, Policy>&) { // NOLINT(google-explicit-constructor)
        misused();
    }
};

struct no_dispatcher_second {
    template <class T>
        requires(!is_dispatcher<std::remove_reference_t<T>>::value)
    ASSENT_UNAVAILABLE("assent: dispatcher [second]: comes behind the executor, not const: "
                       "post(executor, dispatcher, event)")
    no_dispatcher_second(T&&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct dispatcher_without_event {
    template <class C, class Policy>
    ASSENT_UNAVAILABLE("assent: event [missing]: what is delivered comes behind the dispatcher: "
                       "post(executor, dispatcher, event), post_arrival(executor, dispatcher, instance)")
    dispatcher_without_event(dispatcher<C, Policy>&) { // NOLINT(google-explicit-constructor)
        misused();
    }
};

/// Event is deduced from what stands beside it, which is not in braces: those fit everywhere.
template <bool TwoPhase, class Event> struct dispatcher_of_other_event {
    template <class C, class Policy>
        requires(two_phase<C> == TwoPhase && !std::convertible_to<Event, event_type_of<C>>)
    ASSENT_UNAVAILABLE(
        "assent: event [type]: must be an event_type of the dispatcher's category, or convert to it; "
        "it is copied or moved into the task")
    dispatcher_of_other_event(dispatcher<C, Policy>&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct dispatcher_without_instances {
    template <one_phase C, class Policy>
        requires(!replaying<C>)
    ASSENT_UNAVAILABLE(
        "assent: replaying category [instance_type]: this category keeps no instances; name an "
        "instance_type with arrival and removal in it, or use post(executor, dispatcher, event)")
    dispatcher_without_instances(dispatcher<C, Policy>&) { misused(); } // NOLINT(google-explicit-constructor)
};

template <class Instance> struct dispatcher_of_other_instances {
    template <one_phase C, class Policy>
        requires(replaying<C> && !std::convertible_to<Instance, instance_type_of<C>>)
    ASSENT_UNAVAILABLE(
        "assent: instance [type]: must be an instance_type of the dispatcher's category, or convert "
        "to it; it is copied or moved into the task")
    dispatcher_of_other_instances(dispatcher<C, Policy>&) {
        misused();
    } // NOLINT(google-explicit-constructor)
};

struct no_completion_at_all {
    template <class F>
        requires(!delivery_completion<std::remove_cvref_t<F>>)
    ASSENT_UNAVAILABLE(
        "assent: completion [arguments]: must be callable with `delivery_result`, or with that and "
        "`std::exception_ptr`")
    no_completion_at_all(F&&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct no_work {
    template <class Work>
        requires(!std::invocable<std::remove_cvref_t<Work>&>)
    ASSENT_UNAVAILABLE("assent: work [callable]: must be callable without arguments; capture what it needs")
    no_work(Work&&) { misused(); } // NOLINT(google-explicit-constructor)
};

} // namespace detail

template <executor_reference Executor, class... Rest>
submission post_call(Executor&&, detail::no_work, Rest&&...) {
    return submission::closed;
}
template <class Work, class... Rest> submission post_call(detail::no_executor, const Work&, Rest&&...) {
    return submission::closed;
}

template <class C, class Policy, class... Rest>
submission post(detail::no_executor, dispatcher<C, Policy>&, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <class C, class Policy, class... Rest>
submission post_announcement(detail::no_executor, dispatcher<C, Policy>&, const detail::anything&,
                             Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post(Executor&&, detail::two_phase_dispatcher, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_announcement(Executor&&, detail::one_phase_dispatcher, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, one_phase C, class Policy>
submission post(Executor&&, dispatcher<C, Policy>&, const detail::anything&, detail::no_completion_at_all) {
    return submission::closed;
}
template <class C, class Policy, class... Rest>
submission post_arrival(detail::no_executor, dispatcher<C, Policy>&, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_arrival(Executor&&, detail::two_phase_dispatcher, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_arrival(Executor&&, detail::dispatcher_without_instances, const detail::anything&,
                        Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class Instance, class... Rest>
submission post_arrival(Executor&&, std::type_identity_t<detail::dispatcher_of_other_instances<Instance>>,
                        Instance&&, Rest&&...) {
    return submission::closed;
}
template <class C, class Policy, class... Rest>
submission post_removal(detail::no_executor, dispatcher<C, Policy>&, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_removal(Executor&&, detail::two_phase_dispatcher, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_removal(Executor&&, detail::dispatcher_without_instances, const detail::anything&,
                        Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class Instance, class... Rest>
submission post_removal(Executor&&, std::type_identity_t<detail::dispatcher_of_other_instances<Instance>>,
                        Instance&&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post(detail::dispatcher_first, Executor&&, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post(Executor&&, detail::no_dispatcher_second, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor> submission post(Executor&&, detail::dispatcher_without_event) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_announcement(detail::dispatcher_first, Executor&&, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_announcement(Executor&&, detail::no_dispatcher_second, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor>
submission post_announcement(Executor&&, detail::dispatcher_without_event) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_arrival(detail::dispatcher_first, Executor&&, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_arrival(Executor&&, detail::no_dispatcher_second, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor> submission post_arrival(Executor&&, detail::dispatcher_without_event) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_removal(detail::dispatcher_first, Executor&&, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_removal(Executor&&, detail::no_dispatcher_second, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor> submission post_removal(Executor&&, detail::dispatcher_without_event) {
    return submission::closed;
}
template <executor_reference Executor, class Event, class... Rest>
submission post(Executor&&, std::type_identity_t<detail::dispatcher_of_other_event<false, Event>>, Event&&,
                Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class Event, class... Rest>
submission post_announcement(Executor&&, std::type_identity_t<detail::dispatcher_of_other_event<true, Event>>,
                             Event&&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, two_phase C, class Policy>
submission post_announcement(Executor&&, dispatcher<C, Policy>&, const detail::anything&,
                             detail::no_completion_at_all) {
    return submission::closed;
}
template <executor_reference Executor, replaying C, class Policy>
submission post_arrival(Executor&&, dispatcher<C, Policy>&, const detail::anything&,
                        detail::no_completion_at_all) {
    return submission::closed;
}
template <executor_reference Executor, replaying C, class Policy>
submission post_removal(Executor&&, dispatcher<C, Policy>&, const detail::anything&,
                        detail::no_completion_at_all) {
    return submission::closed;
}

} // namespace assent::inline ASSENT_ABI

#endif
