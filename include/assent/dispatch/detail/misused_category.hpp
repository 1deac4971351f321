// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_MISUSED_CATEGORY_HPP
#define ASSENT_DISPATCH_DETAIL_MISUSED_CATEGORY_HPP

#include <assent/config.hpp>
#include <assent/core/contract.hpp>
#include <assent/core/registration.hpp>
#include <assent/dispatch/observer.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/dispatch/policy.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 13 "assent/dispatch/detail/misused_category.hpp"

#include <type_traits>

namespace assent::inline ASSENT_ABI {

namespace detail {

/// The first contract that an observer breaks.
template <class O> consteval contract observer_contract() {
    if constexpr (!std::move_constructible<O>) {
        return contract::observer_movable;
    } else if constexpr (observer<O>) {
        return contract::kept;
    } else if constexpr (!sees_beginnings<O>) {
        return contract::observer_began;
    } else if constexpr (!sees_beginnings_safely<O>) {
        return contract::observer_noexcept;
    } else if constexpr (!sees_endings<O> && !sees_endings_with_memo<O>) {
        return contract::observer_ended;
    } else {
        return contract::observer_noexcept;
    }
}

template <class C, class Policy> consteval contract dispatcher_contract() {
    constexpr contract category = category_contract<C>();
    if constexpr (category != contract::kept) {
        return category;
    } else if constexpr (!answers_cycle<Policy>) {
        return contract::policy_cycle;
    } else if constexpr (!names_observer<Policy>) {
        return contract::policy_observer;
    } else if constexpr (keyed<C> && capacity_of<Policy>() != 0) {
        return contract::policy_capacity;
    } else if constexpr (!sound_threads<Policy>) {
        return contract::policy_threads;
    } else {
        return observer_contract<typename Policy::observer>();
    }
}
template <class C, class Policy>
concept dispatchable = dispatcher_contract<C, Policy>()
== contract::kept;

/// Takes an argument in braces too.
struct anything {
    template <class... From> anything(From&&...) {} // NOLINT(google-explicit-constructor)
};

template <class C, class Policy, contract Which>
concept undispatchable = dispatcher_contract<C, Policy>()
== Which;

} // namespace detail

/// A dispatcher whose category or policy breaks a contract: its construction is an error that says which. The
/// verbs accept anything, so that it stays one error.
template <class Category, class Policy = default_policy> class dispatcher {
public:
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_object>
            ASSENT_UNAVAILABLE("assent: event category [object]: an event is an object type; name the "
                               "type itself, without reference, pointer target or void")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_event_type>
            ASSENT_UNAVAILABLE("assent: event category [event_type]: names a status_type, key_type or "
                               "instance_type but no event_type; add `using event_type = ...;`, what its "
                               "callbacks receive")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_event>
            ASSENT_UNAVAILABLE("assent: event category [event_type]: must be an object type without "
                               "const; callbacks receive it as `const event_type&` anyway")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_rules>
            ASSENT_UNAVAILABLE("assent: event category [rules]: rules and replay_rules must be `static "
                               "constexpr assent::transaction_rules`")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_key_type>
            ASSENT_UNAVAILABLE("assent: keyed category [key_type]: has key(event) but no key_type; add "
                               "`using key_type = ...;`")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_key>
            ASSENT_UNAVAILABLE("assent: keyed category [key]: needs `static key_type key(const "
                               "event_type&)`")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::key_hash>
            ASSENT_UNAVAILABLE("assent: keyed category [hash]: key_type is looked up in a table; "
                               "specialise std::hash for it")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::key_comparable>
            ASSENT_UNAVAILABLE("assent: keyed category [equality]: key_type must be copyable and have "
                               "operator==")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_instance_type>
            ASSENT_UNAVAILABLE("assent: replaying category [instance_type]: has arrival or removal but no "
                               "instance_type; add `using instance_type = ...;`")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_instance>
            ASSENT_UNAVAILABLE("assent: replaying category [instance]: instance_type must be copyable and "
                               "have operator==")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_arrival>
            ASSENT_UNAVAILABLE("assent: replaying category [arrival]: needs `static event_type "
                               "arrival(const instance_type&)`")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_removal>
            ASSENT_UNAVAILABLE("assent: replaying category [removal]: needs `static event_type "
                               "removal(const instance_type&)`")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::category_copyable_event>
            ASSENT_UNAVAILABLE("assent: replaying category [copyable event]: an event may have to wait "
                               "for its turn; make event_type copyable")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::status_copyable>
            ASSENT_UNAVAILABLE("assent: status [copyable]: the status that called a change off is "
                               "reported to several; make status_type copyable and assignable")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::status_traits>
            ASSENT_UNAVAILABLE("assent: status [status_traits]: which values agree is not known; "
                               "specialise assent::status_traits<status_type> with agrees and agreed")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::status_agrees>
            ASSENT_UNAVAILABLE("assent: status [agrees]: needs `static bool agrees(const status_type&) "
                               "noexcept` in assent::status_traits<status_type>")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::status_agreed>
            ASSENT_UNAVAILABLE("assent: status [agreed]: needs `static status_type agreed()`, a value "
                               "that agrees, in assent::status_traits<status_type>")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::policy_cycle>
            ASSENT_UNAVAILABLE("assent: dispatcher policy [cycle_in_destructor]: needs `static void "
                               "cycle_in_destructor(std::string_view, std::string_view) noexcept`; "
                               "inherit assent::default_policy and override what you change")
    dispatcher(Arguments&&...) { detail::misused(); }

    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::policy_observer>
            ASSENT_UNAVAILABLE("assent: dispatcher policy [observer]: needs `using observer = ...;`; inherit "
                               "assent::default_policy and override what you change")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::policy_capacity>
            ASSENT_UNAVAILABLE("assent: dispatcher policy [capacity]: keys come and go, so a keyed category "
                               "cannot have a fixed capacity; leave default_policy::capacity at 0")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::policy_threads>
            ASSENT_UNAVAILABLE("assent: dispatcher policy [threads]: must be `static constexpr "
                               "assent::threading threads = assent::threading::...;`")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::observer_movable>
            ASSENT_UNAVAILABLE(
                "assent: observer [movable]: it becomes part of the dispatcher; to keep it outside, "
                "use the policy assent::observed_by<Observer>")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::observer_began>
            ASSENT_UNAVAILABLE(
                "assent: observer [began]: needs `void began(const assent::activity&) noexcept`; what "
                "it returns is kept for ended")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::observer_ended>
            ASSENT_UNAVAILABLE(
                "assent: observer [ended]: needs `void ended(const assent::activity&, "
                "assent::ending) noexcept`, or with a reference to what began returns after these")
    dispatcher(Arguments&&...) { detail::misused(); }
    template <class... Arguments>
        requires detail::undispatchable<Category, Policy, detail::contract::observer_noexcept>
            ASSENT_UNAVAILABLE(
                "assent: observer [noexcept]: began and ended must be noexcept: an activity that has "
                "begun ends, whatever an observer thinks of it")
    dispatcher(Arguments&&...) { detail::misused(); }

    template <class... Rest> registration on(const detail::anything&, Rest&&...) { return {}; }
    template <class... Rest> void notify(const detail::anything&, Rest&&...) {}
    template <class... Rest> void announce(const detail::anything&, Rest&&...) {}
    template <class... Rest> outcome<bool> transact(const detail::anything&, Rest&&...) {
        return verdict::failed;
    }
};

namespace detail {
/// Sound or not.
template <class D> struct is_dispatcher : std::false_type {};
template <class C, class Policy> struct is_dispatcher<dispatcher<C, Policy>> : std::true_type {};
} // namespace detail

} // namespace assent::inline ASSENT_ABI

#endif
