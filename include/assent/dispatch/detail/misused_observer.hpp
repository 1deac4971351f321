// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_MISUSED_OBSERVER_HPP
#define ASSENT_DISPATCH_DETAIL_MISUSED_OBSERVER_HPP

#include <assent/config.hpp>
#include <assent/core/contract.hpp>
#include <assent/dispatch/observer.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 11 "assent/dispatch/detail/misused_observer.hpp"

#include <concepts>

namespace assent::inline ASSENT_ABI::detail {

// What the constructor of a dispatcher with an observer of type Expected must not be given. The conversion is the
// error, as in misused_callables.hpp.

template <class Expected> struct temporary_observer {
    template <class Observer>
        requires(sees_beginnings<Observer>&& std::convertible_to<Observer&, Expected> &&
                 !std::convertible_to<Observer, Expected>)
    ASSENT_UNAVAILABLE(
        "assent: observer [lifetime]: a temporary is gone before the dispatcher is; keep it in a "
        "variable that outlives the dispatcher")
    temporary_observer(const Observer&&) { misused(); } // NOLINT(google-explicit-constructor)
};

template <class Expected> struct unnamed_observer {
    template <class Observer>
        requires(sees_beginnings<Observer> && !std::convertible_to<Observer&, Expected>)
    ASSENT_UNAVAILABLE("assent: dispatcher [observer]: its policy names another observer, or none; name this "
                       "one: assent::dispatcher<Category, assent::observed_by<Observer>>")
    unnamed_observer(Observer&) { misused(); } // NOLINT(google-explicit-constructor)
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
