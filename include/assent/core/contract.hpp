// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_CONTRACT_HPP
#define ASSENT_CORE_CONTRACT_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/rules.hpp>
#include <assent/core/status.hpp>

#include <concepts>
#include <cstdlib>
#include <type_traits>

namespace assent::inline ASSENT_ABI::detail {

/// What can be wrong with what a user hands over. One is found, the first; dispatch/misuse.hpp has the
/// message for each.
enum class contract : unsigned char {
    kept,
    category_object,
    category_event_type,
    category_event,
    category_rules,
    category_key_type,
    category_key,
    category_instance_type,
    category_instance,
    category_arrival,
    category_removal,
    category_copyable_event,
    status_traits,
    status_agrees,
    status_agreed,
    status_copyable,
    key_hash,
    key_comparable,
    policy_cycle,
    policy_observer,
    policy_capacity,
    policy_threads,
    observer_movable,
    observer_began,
    observer_ended,
    observer_noexcept,
    callback_phases,
    callback_member,
    callback_const_event,
    callback_arguments,
    callback_overload,
    callback_signature,
    callback_storable,
    participant_one_callable,
    participant_const_event,
    participant_prepare,
    participant_status,
    participant_commit,
    participant_finishing_commit,
    participant_abort,
    participant_finishing_abort,
    participant_phase_status,
    participant_phase_noexcept,
    participant_storable,
    registration_key,
    registration_callables,
};

/// The body of what is declared ASSENT_UNAVAILABLE: reached only where the compiler merely warns of that. Without
/// a body g++ reports a call with a lambda twice.
[[noreturn]] inline void misused() noexcept { std::abort(); }

template <class S>
concept copyable_status = std::movable<S> && std::copy_constructible<S>;
template <class S>
concept has_status_traits = requires {
    sizeof(status_traits<S>);
};
template <class S>
concept says_agrees = requires(const S& s) {
    { status_traits<S>::agrees(s) }
    noexcept->std::same_as<bool>;
};
template <class S>
concept says_agreed = requires {
    { status_traits<S>::agreed() } -> std::convertible_to<S>;
};

template <class S> consteval contract status_contract() {
    if constexpr (!copyable_status<S>) {
        return contract::status_copyable;
    } else if constexpr (!has_status_traits<S>) {
        return contract::status_traits;
    } else if constexpr (!says_agrees<S>) {
        return contract::status_agrees;
    } else if constexpr (!says_agreed<S>) {
        return contract::status_agreed;
    } else {
        return contract::kept;
    }
}

/// Rules are read when the program is compiled.
template <class C>
concept sound_rules = (
                          !requires { C::rules; } ||
                          requires {
                              { C::rules } -> std::convertible_to<transaction_rules>;
                              typename std::bool_constant<(transaction_rules(C::rules), true)>;
                          }) &&
                      (
                          !requires { C::replay_rules; } ||
                          requires {
                              { C::replay_rules } -> std::convertible_to<transaction_rules>;
                              typename std::bool_constant<(transaction_rules(C::replay_rules), true)>;
                          });

template <class C>
concept gives_key = requires(const event_type_of<C>& e) {
    { C::key(e) } -> std::convertible_to<typename C::key_type>;
};
template <class C>
concept gives_arrival = requires(const typename C::instance_type& i) {
    { C::arrival(i) } -> std::convertible_to<event_type_of<C>>;
};
template <class C>
concept gives_removal = requires(const typename C::instance_type& i) {
    { C::removal(i) } -> std::convertible_to<event_type_of<C>>;
};

template <class C> consteval contract key_contract() {
    if constexpr (!names_key_type<C>) {
        // A plain event type may have a key() of its own that means something else.
        if constexpr (names_event_type<C> && requires(const event_type_of<C>& e) { C::key(e); }) {
            return contract::category_key_type;
        } else {
            return contract::kept;
        }
    } else {
        using key = typename C::key_type;
        if constexpr (!std::copyable<key> || !std::equality_comparable<key>) {
            return contract::key_comparable;
        } else if constexpr (!hashable_key<key>) {
            return contract::key_hash;
        } else if constexpr (!gives_key<C>) {
            return contract::category_key;
        } else {
            return contract::kept;
        }
    }
}

template <class C> consteval contract instance_contract() {
    if constexpr (!names_instance_type<C>) {
        if constexpr (names_event_type<C> && (
                                                 requires { &C::arrival; } || requires { &C::removal; })) {
            return contract::category_instance_type;
        } else {
            return contract::kept;
        }
    } else {
        using instance = typename C::instance_type;
        if constexpr (!std::copyable<instance> || !std::equality_comparable<instance>) {
            return contract::category_instance;
        } else if constexpr (!gives_arrival<C>) {
            return contract::category_arrival;
        } else if constexpr (!gives_removal<C>) {
            return contract::category_removal;
        } else if constexpr (!std::copy_constructible<event_type_of<C>>) {
            return contract::category_copyable_event;
        } else {
            return contract::kept;
        }
    }
}

/// The first contract that the category breaks.
template <class C> consteval contract category_contract() {
    if constexpr (!std::is_object_v<C>) {
        return contract::category_object;
    } else if constexpr (!names_event_type<C> &&
                         (names_status_type<C> || names_key_type<C> || names_instance_type<C>)) {
        return contract::category_event_type;
    } else if constexpr (!event_category<C>) {
        return contract::category_event;
    } else if constexpr (constexpr contract key = key_contract<C>(); key != contract::kept) {
        return key;
    } else if constexpr (constexpr contract instance = instance_contract<C>(); instance != contract::kept) {
        return instance;
    } else if constexpr (names_status_type<C>) {
        constexpr contract status = status_contract<typename C::status_type>();
        if constexpr (status == contract::kept && !sound_rules<C>) return contract::category_rules;
        return status;
    } else {
        return contract::kept;
    }
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
