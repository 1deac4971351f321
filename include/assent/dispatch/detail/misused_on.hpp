// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_MISUSED_ON_HPP
#define ASSENT_DISPATCH_DETAIL_MISUSED_ON_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/contract.hpp>
#include <assent/core/registration.hpp>
#include <assent/core/registration_options.hpp>
#include <assent/dispatch/detail/enrolment.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 14 "assent/dispatch/detail/misused_on.hpp"

#include <concepts>
#include <type_traits>

namespace assent::inline ASSENT_ABI::detail {

/// What the first of several arguments for a keyed category breaks, then the rest.
template <class C, class... Arguments> struct keyed_arguments {
    static consteval contract broken() { return contract::registration_key; }
};
template <class C, class First, class... Rest>
    requires std::convertible_to<First, key_type_of<C>>
struct keyed_arguments<C, First, Rest...> {
    static consteval contract broken() { return callables_contract<C, Rest...>(); }
};

/// What on() is given that must not be; Led: key and options stand before these arguments.
template <bool Led, class C, class... Arguments> consteval contract registration_contract() {
    if constexpr (Led) {
        return callables_contract<C, Arguments...>();
    } else if constexpr (!without_options<Arguments...>) {
        return contract::kept; // the overloads that are led by the options have it
    } else if constexpr (keyed<C>) {
        return keyed_arguments<C, Arguments...>::broken();
    } else {
        return callables_contract<C, Arguments...>();
    }
}
template <contract Which, bool Led, class C, class... Arguments>
concept breaks = (registration_contract<Led, C, Arguments...>() == Which);

/// on() for arguments that break contract `Which`. Lead are the parameters that may be written in braces
/// and so cannot be deduced; `int` keeps clang before 16 from letting the dispatcher's own on() hide these.
template <contract Which, class C, class... Lead> struct misused_on;

template <class C, class... Lead> struct misused_on<contract::callback_phases, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::callback_phases, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: callback [phases]: this category has one phase and its callbacks "
                               "are only told; register one callable that takes `const event_type&`, or "
                               "give the category a status_type")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::callback_storable, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::callback_storable, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: callback [storable]: it is copied or moved into the registration; "
                               "pass it with std::move, or assent::borrow(callback) if it outlives the "
                               "registration")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::callback_member, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::callback_member, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: callback [member function]: it needs its object; register "
                               "assent::member(&T::f, object)")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::callback_const_event, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::callback_const_event, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: callback [const event]: all callbacks share the event; take "
                               "`const event_type&` instead of a mutable or rvalue reference")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::callback_arguments, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::callback_arguments, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: callback [arguments]: it is called with the event; take `const "
                               "event_type&`, unnamed if it is not used")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::callback_overload, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::callback_overload, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: callback [overload]: which of its overloads is meant is ambiguous "
                               "or none fits; give it one operator() that takes `const event_type&`, or "
                               "register a lambda that calls the one you mean")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::callback_signature, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::callback_signature, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: callback [signature]: must be callable with `const event_type&` "
                               "of its category")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_one_callable, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_one_callable, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [phases]: one callable that takes the event "
                               "can neither agree nor refuse; register an object with prepare, commit and "
                               "abort, three callables, or one that takes `const "
                               "phase_notice<status_type>&, const event_type&`")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_const_event, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_const_event, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [const event]: all participants share the "
                               "event; take `const event_type&` in prepare, commit and abort")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_prepare, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_prepare, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [prepare]: needs `status_type prepare(const "
                               "event_type&)`")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_status, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_status, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [status]: prepare must return the "
                               "status_type of its category, or what converts to it")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_commit, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_commit, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [commit]: needs `void commit(const "
                               "event_type&) noexcept`")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_finishing_commit, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_finishing_commit, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [commit]: must be noexcept and return void; "
                               "declare it `void commit(const event_type&) noexcept`, or wrap the "
                               "callable in assent::no_throw(f)")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_abort, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_abort, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [abort]: needs `void abort(const "
                               "event_type&) noexcept`, or one that takes `const "
                               "abort_reason<status_type>&` as well")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_finishing_abort, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_finishing_abort, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [abort]: must be noexcept and return void; "
                               "declare it `void abort(const event_type&) noexcept`, or wrap the callable "
                               "in assent::no_throw(f)")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_phase_status, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_phase_status, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [status]: one callable for all phases must "
                               "return the status_type of its category")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_phase_noexcept, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_phase_noexcept, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [noexcept]: one callable for all phases "
                               "also commits; declare it noexcept, or wrap it in assent::no_throw(f)")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::participant_storable, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::participant_storable, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: two-phase participant [storable]: it is copied or moved into the "
                               "registration; pass it with std::move, or assent::borrow(participant) if "
                               "it outlives the registration")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::registration_key, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::registration_key, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: registration [key]: receivers of a keyed category register for "
                               "one key; pass a key_type first: on(key, callback)")
    registration on(const Lead&..., Callables&&...) { misused(); }
};
template <class C, class... Lead> struct misused_on<contract::registration_callables, C, Lead...> {
    template <int = 0, class... Callables>
        requires breaks<contract::registration_callables, (sizeof...(Lead) > 0), C, Callables...>
            ASSENT_UNAVAILABLE("assent: registration [callables]: give on() one callable, or in a "
                               "two-phase category one participant or the three callables prepare, "
                               "commit, abort")
    registration on(const Lead&..., Callables&&...) { misused(); }
};

/// All of them, for one list of leading parameters.
template <class C, class Which, class... Lead> struct misused_on_all;
template <contract... Which> struct contracts {};
template <class C, contract... Which, class... Lead>
struct misused_on_all<C, contracts<Which...>, Lead...> : misused_on<Which, C, Lead...>... {
    using misused_on<Which, C, Lead...>::on...;
};

using callback_contracts =
    contracts<contract::callback_phases, contract::callback_storable, contract::callback_member,
              contract::callback_const_event, contract::callback_arguments, contract::callback_overload,
              contract::callback_signature, contract::registration_key, contract::registration_callables>;
using participant_contracts =
    contracts<contract::participant_one_callable, contract::participant_const_event,
              contract::participant_prepare, contract::participant_status, contract::participant_commit,
              contract::participant_finishing_commit, contract::participant_abort,
              contract::participant_finishing_abort, contract::participant_phase_status,
              contract::participant_phase_noexcept, contract::participant_storable,
              contract::registration_key, contract::registration_callables>;
template <class C>
using contracts_of = std::conditional_t<two_phase<C>, participant_contracts, callback_contracts>;

/// Options that stand behind what they belong to.
template <class C, class... Key> struct misplaced_options {
    template <class Callable>
        requires(!std::convertible_to<Callable, registration_options>)
    ASSENT_UNAVAILABLE(
        "assent: registration [options]: options stand before the callable: on(options, callback), "
        "in a keyed category on(key, options, callback)")
    registration on(const Key&..., Callable&&, const registration_options&) { misused(); }
};

template <class C>
struct misused_registration : misplaced_options<C>,
                              misused_on_all<C, contracts_of<C>>,
                              misused_on_all<C, contracts_of<C>, registration_options> {
    using misplaced_options<C>::on;
    using misused_on_all<C, contracts_of<C>>::on;
    using misused_on_all<C, contracts_of<C>, registration_options>::on;
};
template <keyed C>
struct misused_registration<C> : misplaced_options<C, key_type_of<C>>,
                                 misused_on_all<C, contracts_of<C>>,
                                 misused_on_all<C, contracts_of<C>, key_type_of<C>, registration_options> {
    using misplaced_options<C, key_type_of<C>>::on;
    using misused_on_all<C, contracts_of<C>>::on;
    using misused_on_all<C, contracts_of<C>, key_type_of<C>, registration_options>::on;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
