// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_MISUSED_JOINT_HPP
#define ASSENT_DISPATCH_DETAIL_MISUSED_JOINT_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/contract.hpp>
#include <assent/core/rules.hpp>
#include <assent/dispatch/change_action.hpp>
#include <assent/dispatch/detail/misused_category.hpp>
#include <assent/dispatch/detail/misused_verbs.hpp>
#include <assent/dispatch/detail/transaction_part.hpp>
#include <assent/dispatch/detail/transaction_source.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/dispatch/joint_outcome.hpp>
#include <assent/dispatch/transact_options.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 20 "assent/dispatch/detail/misused_joint.hpp"

#include <concepts>
#include <span>
#include <type_traits>

namespace assent::inline ASSENT_ABI {
namespace detail {

// What transact() over several dispatchers, part() and its like must not be given. The conversion is the error, not
// the function: g++ reports an unavailable free function twice. It is that of an argument that is never in braces;
// what stands beside it is deduced, so that braces, which fit everywhere, do not come here.

struct part_of_one_phase {
    template <one_phase C, class Policy>
    ASSENT_UNAVAILABLE(
        "assent: two-phase category [part]: this category has one phase and nobody to ask; give it a "
        "status_type, or notify it when the transaction is committed")
    part_of_one_phase(dispatcher<C, Policy>&) { // NOLINT(google-explicit-constructor)
        misused();
    }
};

struct part_of_no_dispatcher {
    template <class T>
        requires(!is_dispatcher<std::remove_reference_t<T>>::value)
    ASSENT_UNAVAILABLE("assent: transaction part [dispatcher]: the dispatcher comes first, not const: "
                       "part(dispatcher, event)")
    part_of_no_dispatcher(T&&) { misused(); } // NOLINT(google-explicit-constructor)
};

template <class Event> struct part_with_other_event {
    template <two_phase C, class Policy>
        requires(!event_for<Event, C>)
    ASSENT_UNAVAILABLE(
        "assent: event [type]: a part takes an event_type of the category, or what converts to it")
    part_with_other_event(dispatcher<C, Policy>&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct part_without_event {
    template <two_phase C, class Policy>
    ASSENT_UNAVAILABLE("assent: event [missing]: a part is a dispatcher and what its participants are asked "
                       "about; pass it: part(dispatcher, event), arrival(dispatcher, instance)")
    part_without_event(dispatcher<C, Policy>&) { // NOLINT(google-explicit-constructor)
        misused();
    }
};

struct part_without_keys {
    template <two_phase C, class Policy>
        requires(!keyed<C>)
    ASSENT_UNAVAILABLE("assent: keyed category [key_type]: this category has no keys; name a key_type with "
                       "key(event) in it, or use part(dispatcher, event)")
    part_without_keys(dispatcher<C, Policy>&) { misused(); } // NOLINT(google-explicit-constructor)
};

template <class Keys> struct part_with_other_keys {
    template <two_phase C, class Policy>
        requires(keyed<C> && !std::convertible_to<const Keys&, std::span<const key_type_of<C>>>)
    ASSENT_UNAVAILABLE(
        "assent: keyed category [keys]: part_keys takes the keys as a std::span of key_type, or what "
        "converts to one, like an array or a vector; for one key use part(dispatcher, event)")
    part_with_other_keys(dispatcher<C, Policy>&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct part_without_instances {
    template <two_phase C, class Policy>
        requires(!replaying<C>)
    ASSENT_UNAVAILABLE(
        "assent: replaying category [instance_type]: this category keeps no instances; name an "
        "instance_type with arrival and removal in it, or use part(dispatcher, event)")
    part_without_instances(dispatcher<C, Policy>&) { misused(); } // NOLINT(google-explicit-constructor)
};

template <class Instance> struct part_with_other_instance {
    template <two_phase C, class Policy>
        requires(replaying<C> && !instance_source<Instance, C>)
    ASSENT_UNAVAILABLE(
        "assent: instance [type]: must be an instance_type of the category, what converts to it, or a "
        "callable without arguments that makes one")
    part_with_other_instance(dispatcher<C, Policy>&) { misused(); } // NOLINT(google-explicit-constructor)
};

/// What the functions above return in place of a part: one, so that the error stays one.
struct change_of_nothing {
    struct event_type {};
    using status_type = bool;
};
using no_part = wanted_part<change_of_nothing, default_policy, given_event<change_of_nothing>>;

struct uncallable_action {
    template <class Action>
        requires(!std::invocable<std::remove_reference_t<Action>&>)
    ASSENT_UNAVAILABLE(
        "assent: change action [callable]: comes first and must be callable without arguments; "
        "capture what it needs")
    uncallable_action(Action&&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct unclear_action {
    template <class Action>
        requires(std::invocable<std::remove_reference_t<Action>&> &&
                 !change_action<std::remove_reference_t<Action>>)
    ASSENT_UNAVAILABLE("assent: change action [result]: must return void, bool or a status (a type with "
                       "assent::status_traits), which says whether the change happened")
    unclear_action(Action&&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct lone_action {
    template <class Action>
        requires change_action<std::remove_reference_t<Action>> ASSENT_UNAVAILABLE(
            "assent: joint transaction [part missing]: nobody would be asked; pass at least one "
            "part: transact(action, assent::part(dispatcher, event))")
    lone_action(Action&&) { misused(); } // NOLINT(google-explicit-constructor)
};

template <class... Part> struct action_beside_no_part {
    template <class Action>
        requires(change_action<std::remove_reference_t<Action>> && sizeof...(Part) != 0 &&
                 !(std::same_as<Part, joint_options> || ...) && !(is_part<Part>::value && ...))
    ASSENT_UNAVAILABLE("assent: joint transaction [part]: takes parts behind the action, made by "
                       "assent::part(dispatcher, event), part_keys, arrival and removal")
    action_beside_no_part(Action&&) { misused(); } // NOLINT(google-explicit-constructor)
};

} // namespace detail

template <class... Rest>
[[nodiscard]] detail::no_part part(detail::part_of_one_phase, const detail::anything&, const Rest&...) {
    detail::misused();
}
template <class... Rest>
[[nodiscard]] detail::no_part part(detail::part_of_no_dispatcher, const detail::anything&, const Rest&...) {
    detail::misused();
}
template <class... Rest>
[[nodiscard]] detail::no_part part_keys(detail::part_of_one_phase, const detail::anything&, const Rest&...) {
    detail::misused();
}
template <class... Rest>
[[nodiscard]] detail::no_part part_keys(detail::part_of_no_dispatcher, const detail::anything&,
                                        const Rest&...) {
    detail::misused();
}
template <class... Rest>
[[nodiscard]] detail::no_part arrival(detail::part_of_one_phase, const detail::anything&, const Rest&...) {
    detail::misused();
}
template <class... Rest>
[[nodiscard]] detail::no_part arrival(detail::part_of_no_dispatcher, const detail::anything&,
                                      const Rest&...) {
    detail::misused();
}
template <class... Rest>
[[nodiscard]] detail::no_part removal(detail::part_of_one_phase, const detail::anything&, const Rest&...) {
    detail::misused();
}
template <class... Rest>
[[nodiscard]] detail::no_part removal(detail::part_of_no_dispatcher, const detail::anything&,
                                      const Rest&...) {
    detail::misused();
}
template <class Missing = void> [[nodiscard]] detail::no_part part(detail::part_without_event) {
    detail::misused();
}
template <class Missing = void> [[nodiscard]] detail::no_part part_keys(detail::part_without_event) {
    detail::misused();
}
template <class Missing = void> [[nodiscard]] detail::no_part arrival(detail::part_without_event) {
    detail::misused();
}
template <class Missing = void> [[nodiscard]] detail::no_part removal(detail::part_without_event) {
    detail::misused();
}
template <class Event>
[[nodiscard]] detail::no_part part(std::type_identity_t<detail::part_with_other_event<Event>>, const Event&,
                                   const transaction_rules& = {}) {
    detail::misused();
}
template <class... Rest>
[[nodiscard]] detail::no_part part_keys(detail::part_without_keys, const detail::anything&,
                                        const detail::anything&, const Rest&...) {
    detail::misused();
}
template <class Keys, class... Rest>
[[nodiscard]] detail::no_part part_keys(std::type_identity_t<detail::part_with_other_keys<Keys>>, const Keys&,
                                        const detail::anything&, const Rest&...) {
    detail::misused();
}
template <class Event>
[[nodiscard]] detail::no_part part_keys(std::type_identity_t<detail::part_with_other_event<Event>>,
                                        const detail::anything&, const Event&,
                                        const transaction_rules& = {}) {
    detail::misused();
}
template <class... Rest>
[[nodiscard]] detail::no_part arrival(detail::part_without_instances, const detail::anything&,
                                      const Rest&...) {
    detail::misused();
}
template <class Instance>
[[nodiscard]] detail::no_part arrival(std::type_identity_t<detail::part_with_other_instance<Instance>>,
                                      const Instance&, const transaction_rules& = {}) {
    detail::misused();
}
template <class... Rest>
[[nodiscard]] detail::no_part removal(detail::part_without_instances, const detail::anything&,
                                      const Rest&...) {
    detail::misused();
}
template <class Instance>
[[nodiscard]] detail::no_part removal(std::type_identity_t<detail::part_with_other_instance<Instance>>,
                                      const Instance&, const transaction_rules& = {}) {
    detail::misused();
}
template <class... Rest> joint_outcome<bool> transact(detail::uncallable_action, const Rest&...) {
    detail::misused();
}
template <class... Rest> joint_outcome<bool> transact(detail::unclear_action, const Rest&...) {
    detail::misused();
}
template <class... Part>
joint_outcome<bool> transact(std::type_identity_t<detail::action_beside_no_part<Part...>>, const Part&...) {
    detail::misused();
}
template <class... Part>
joint_outcome<bool> transact(std::type_identity_t<detail::action_beside_no_part<Part...>>,
                             const joint_options&, const Part&...) {
    detail::misused();
}
template <class Missing = void> joint_outcome<bool> transact(detail::lone_action, const joint_options& = {}) {
    detail::misused();
}

} // namespace assent::inline ASSENT_ABI

#endif
