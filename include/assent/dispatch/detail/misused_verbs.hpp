// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_MISUSED_VERBS_HPP
#define ASSENT_DISPATCH_DETAIL_MISUSED_VERBS_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/contract.hpp>
#include <assent/dispatch/change_action.hpp>
#include <assent/dispatch/detail/transaction_source.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/dispatch/transact_options.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 15 "assent/dispatch/detail/misused_verbs.hpp"

#include <concepts>

namespace assent::inline ASSENT_ABI::detail {

template <class E, class C>
concept event_for = std::convertible_to < const E&,
        const event_type_of<C>
& > ;

/// Stands for an argument in braces where there is no type it could be.
struct placeholder {};

/// The verbs of a dispatcher as they are declared for the wrong category or arguments. Templates all of them: a
/// function of the dispatcher itself that fits is preferred.
template <class C> struct misused_verbs {
    template <class Event = event_type_of<C>>
        requires two_phase<C>
            ASSENT_UNAVAILABLE("assent: one-phase category [notify]: this category has two phases; use "
                               "transact(event, action), or announce(event) where nobody could be asked")
    void notify(const Event&) { misused(); }
    template <class Event = event_type_of<C>>
        requires(one_phase<C> && !event_for<Event, C>)
    ASSENT_UNAVAILABLE("assent: event [type]: notify takes an event_type of the category, or what "
                       "converts to it")
    void notify(const Event&) { misused(); }
    template <class Event = event_type_of<C>>
        requires one_phase<C>
            ASSENT_UNAVAILABLE("assent: two-phase category [announce]: this category has one phase; use "
                               "notify(event)")
    void announce(const Event&) { misused(); }
    template <class Event = event_type_of<C>>
        requires(two_phase<C> && !event_for<Event, C>)
    ASSENT_UNAVAILABLE("assent: event [type]: announce takes an event_type of the category, or "
                       "what converts to it")
    void announce(const Event&) { misused(); }
    template <class Event = event_type_of<C>>
        requires(two_phase<C>&& event_for<Event, C> && !std::copy_constructible<event_type_of<C>>)
    ASSENT_UNAVAILABLE("assent: two-phase category [copyable event]: an announcement may have to "
                       "wait for its turn; make event_type copyable")
    void announce(const Event&) { misused(); }
    template <class Event = event_type_of<C>, class Action>
        requires one_phase<C>
            ASSENT_UNAVAILABLE("assent: two-phase category [transact]: this category has one phase; give "
                               "it a status_type so that participants can agree, or use notify(event)")
    outcome<bool> transact(const Event&, Action&&, const transact_options& = {}) { misused(); }
    template <class Event = event_type_of<C>>
    ASSENT_UNAVAILABLE("assent: change action [missing]: transact runs the change itself between "
                       "prepare and commit; pass it: transact(event, action)")
    outcome<bool> transact(const Event&) {
        misused();
    }
    template <class Event = event_type_of<C>, class Action>
        requires(two_phase<C> && !event_for<Event, C>)
    ASSENT_UNAVAILABLE("assent: event [type]: transact takes an event_type of the category, or "
                       "what converts to it")
    outcome<bool> transact(const Event&, Action&&, const transact_options& = {}) { misused(); }
    template <class Event = event_type_of<C>, class Action>
        requires(two_phase<C>&& event_for<Event, C> && !std::invocable<Action&>)
    ASSENT_UNAVAILABLE("assent: change action [callable]: must be callable without arguments; "
                       "capture what it needs")
    outcome<bool> transact(const Event&, Action&&, const transact_options& = {}) { misused(); }
    template <class Event = event_type_of<C>, class Action>
        requires(two_phase<C>&& event_for<Event, C>&& std::invocable<Action&> && !change_action<Action>)
    ASSENT_UNAVAILABLE("assent: change action [result]: must return void, bool or a status (a "
                       "type with assent::status_traits), which says whether the change happened")
    outcome<bool> transact(const Event&, Action&&, const transact_options& = {}) { misused(); }
    template <class Instance = placeholder>
        requires(one_phase<C> && !replaying<C>)
    ASSENT_UNAVAILABLE("assent: replaying category [instance_type]: this category keeps no "
                       "instances; name an instance_type with arrival and removal in it, or use "
                       "notify(event)")
    void notify_arrival(const Instance&) { misused(); }
    template <class Instance = placeholder>
        requires two_phase<C>
            ASSENT_UNAVAILABLE("assent: one-phase category [notify]: this category has two phases; use "
                               "transact_arrival(instance, action) or announce_arrival(instance)")
    void notify_arrival(const Instance&) { misused(); }
    template <class Instance = placeholder, class... Action>
        requires(two_phase<C> && !replaying<C>)
    ASSENT_UNAVAILABLE("assent: replaying category [instance_type]: this category keeps no "
                       "instances; name an instance_type with arrival and removal in it, or use "
                       "transact(event, action)")
    outcome<bool> transact_arrival(const Instance&, Action&&...) { misused(); }
    template <class Instance = placeholder, class... Action>
        requires one_phase<C>
            ASSENT_UNAVAILABLE("assent: two-phase category [transact]: this category has one phase; use "
                               "notify_arrival(instance)")
    outcome<bool> transact_arrival(const Instance&, Action&&...) { misused(); }
    template <class Instance = placeholder>
        requires(one_phase<C> && !replaying<C>)
    ASSENT_UNAVAILABLE("assent: replaying category [instance_type]: this category keeps no "
                       "instances; name an instance_type with arrival and removal in it, or use "
                       "notify(event)")
    void notify_removal(const Instance&) { misused(); }
    template <class Instance = placeholder>
        requires two_phase<C>
            ASSENT_UNAVAILABLE("assent: one-phase category [notify]: this category has two phases; use "
                               "transact_removal(instance, action) or announce_removal(instance)")
    void notify_removal(const Instance&) { misused(); }
    template <class Instance = placeholder, class... Action>
        requires(two_phase<C> && !replaying<C>)
    ASSENT_UNAVAILABLE("assent: replaying category [instance_type]: this category keeps no "
                       "instances; name an instance_type with arrival and removal in it, or use "
                       "transact(event, action)")
    outcome<bool> transact_removal(const Instance&, Action&&...) { misused(); }
    template <class Instance = placeholder, class... Action>
        requires one_phase<C>
            ASSENT_UNAVAILABLE("assent: two-phase category [transact]: this category has one phase; use "
                               "notify_removal(instance)")
    outcome<bool> transact_removal(const Instance&, Action&&...) { misused(); }
    template <class Missing = void>
    ASSENT_UNAVAILABLE("assent: event [missing]: notify takes the event; pass it: notify(event)")
    void notify() {
        misused();
    }
    template <class Instance = placeholder>
        requires one_phase<C>
            ASSENT_UNAVAILABLE("assent: two-phase category [announce]: this category has one phase; use "
                               "notify_arrival(instance)")
    void announce_arrival(const Instance&) { misused(); }
    template <class Instance = placeholder>
        requires(two_phase<C> && !replaying<C>)
    ASSENT_UNAVAILABLE("assent: replaying category [instance_type]: this category keeps no "
                       "instances; name an instance_type with arrival and removal in it, or use "
                       "announce(event)")
    void announce_arrival(const Instance&) { misused(); }
    template <class Instance = placeholder>
        requires one_phase<C>
            ASSENT_UNAVAILABLE("assent: two-phase category [announce]: this category has one phase; use "
                               "notify_removal(instance)")
    void announce_removal(const Instance&) { misused(); }
    template <class Instance = placeholder>
        requires(two_phase<C> && !replaying<C>)
    ASSENT_UNAVAILABLE("assent: replaying category [instance_type]: this category keeps no "
                       "instances; name an instance_type with arrival and removal in it, or use "
                       "announce(event)")
    void announce_removal(const Instance&) { misused(); }
    template <class Keys, class Event = event_type_of<C>, class... Rest>
        requires one_phase<C>
            ASSENT_UNAVAILABLE("assent: two-phase category [transact]: this category has one phase; give "
                               "it a status_type so that participants can agree, or use notify(event)")
    outcome<bool> transact_keys(const Keys&, const Event&, Rest&&...) { misused(); }
    template <class Keys, class Event = event_type_of<C>, class... Rest>
        requires(two_phase<C> && !keyed<C>)
    ASSENT_UNAVAILABLE("assent: keyed category [key_type]: this category has no keys; name a key_type with "
                       "key(event) in it, or use transact(event, action)")
    outcome<bool> transact_keys(const Keys&, const Event&, Rest&&...) { misused(); }
    template <class Missing = void>
        requires(one_phase<C> && !replaying<C>)
    ASSENT_UNAVAILABLE("assent: two-phase or replaying category [inside_callback]: in this category nothing "
                       "waits for its turn, and a callback may notify; who is inside is not known")
    bool inside_callback() const { misused(); }
    template <class Instance = placeholder>
        requires(one_phase<C>&& replaying<C> && !std::convertible_to<const Instance&, instance_type_of<C>>)
    ASSENT_UNAVAILABLE("assent: instance [type]: must be an instance_type of the category, or convert to it")
    void notify_arrival(const Instance&) { misused(); }
    template <class Instance = placeholder>
        requires(two_phase<C>&& replaying<C> && !std::convertible_to<const Instance&, instance_type_of<C>>)
    ASSENT_UNAVAILABLE("assent: instance [type]: must be an instance_type of the category, or convert to it")
    void announce_arrival(const Instance&) { misused(); }
    template <class Instance = placeholder, class... Action>
        requires(two_phase<C>&& replaying<C> && !instance_source<Instance, C>)
    ASSENT_UNAVAILABLE(
        "assent: instance [type]: must be an instance_type of the category, what converts to it, or "
        "a callable without arguments that makes one")
    outcome<bool> transact_arrival(const Instance&, Action&&...) { misused(); }
    template <class Instance = placeholder>
        requires(one_phase<C>&& replaying<C> && !std::convertible_to<const Instance&, instance_type_of<C>>)
    ASSENT_UNAVAILABLE("assent: instance [type]: must be an instance_type of the category, or convert to it")
    void notify_removal(const Instance&) { misused(); }
    template <class Instance = placeholder>
        requires(two_phase<C>&& replaying<C> && !std::convertible_to<const Instance&, instance_type_of<C>>)
    ASSENT_UNAVAILABLE("assent: instance [type]: must be an instance_type of the category, or convert to it")
    void announce_removal(const Instance&) { misused(); }
    template <class Instance = placeholder, class... Action>
        requires(two_phase<C>&& replaying<C> && !instance_source<Instance, C>)
    ASSENT_UNAVAILABLE(
        "assent: instance [type]: must be an instance_type of the category, what converts to it, or "
        "a callable without arguments that makes one")
    outcome<bool> transact_removal(const Instance&, Action&&...) { misused(); }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
