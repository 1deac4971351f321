// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_CALLBACK_HPP
#define ASSENT_CORE_CALLBACK_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/contract.hpp>
#include <assent/core/detail/callable_node.hpp>

#include <concepts>
#include <functional>
#include <type_traits>

namespace assent::inline ASSENT_ABI {

/// A callable that can be registered for the one-phase category C.
template <class F, class C>
concept callback_for =
    one_phase<C> && std::constructible_from<std::decay_t<F>, F> && std::invocable < std::decay_t<F>
&, const event_type_of<C>& > ;

namespace detail {

template <class F, class C>
concept callable_with_event = std::invocable < F&,
        const event_type_of<C>
& > ;
template <class F, class C>
concept wants_mutable_event = !callable_with_event<F, C> && std::invocable<F&, event_type_of<C>&>;
template <class F, class C>
concept wants_no_event = !callable_with_event<F, C> && std::invocable<F&>;

/// Has operator(), once or in several forms; found where its address would be ambiguous.
struct some_call_operator {
    void operator()() const {}
};
template <class F> struct two_call_operators : F, some_call_operator {};
template <class F>
concept class_with_call_operator = std::is_class_v<F> && !std::is_final_v<F> && !requires {
    &two_call_operators<F>::operator();
};
template <class F>
concept overloaded_callable = class_with_call_operator<F> && !requires {
    &F::operator();
};

template <class P>
concept looks_like_participant = requires {
    &P::prepare;
}
|| requires { &P::commit; };

/// The first contract that F breaks as a callback of the one-phase category C.
template <class C, class F> consteval contract callback_contract() {
    using stored = std::decay_t<F>;
    if constexpr (looks_like_participant<std::unwrap_reference_t<stored>> &&
                  !callable_with_event<stored, C>) {
        return contract::callback_phases;
    } else if constexpr (!std::constructible_from<stored, F>) {
        return contract::callback_storable;
    } else if constexpr (callable_with_event<stored, C>) {
        return contract::kept;
    } else if constexpr (std::is_member_pointer_v<stored>) {
        return contract::callback_member;
    } else if constexpr (wants_mutable_event<stored, C>) {
        return contract::callback_const_event;
    } else if constexpr (wants_no_event<stored, C>) {
        return contract::callback_arguments;
    } else if constexpr (overloaded_callable<stored>) {
        return contract::callback_overload;
    } else {
        return contract::callback_signature;
    }
}

template <class C> struct callback_shape {
    static constexpr bool two_phase = false;
    template <class Callable> static void invoke(Callable& callable, const void* event) {
        static_cast<void>(std::invoke(callable, *static_cast<const event_type_of<C>*>(event)));
    }
    static void placeholder(node*, const void*) {}
};

} // namespace detail
} // namespace assent::inline ASSENT_ABI

#endif
