// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_MISUSED_CALLABLES_HPP
#define ASSENT_CORE_DETAIL_MISUSED_CALLABLES_HPP

#include <assent/config.hpp>
#include <assent/core/contract.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 10 "assent/core/detail/misused_callables.hpp"

namespace assent::inline ASSENT_ABI {
namespace detail {

// What borrow(), member() and tracked() must not be given. The conversion is the error, not the function: g++
// reports an unavailable free function twice.

struct temporary_object {
    template <class T>
    ASSENT_UNAVAILABLE(
        "assent: borrowed object [lifetime]: a temporary is gone before it is called; keep it in "
        "a variable that outlives the registration, or register it by value")
    temporary_object(const T&&) {
        misused();
    } // NOLINT(google-explicit-constructor)
};

struct no_owner {
    template <class T>
    ASSENT_UNAVAILABLE(
        "assent: tracked callable [owner]: its owner must be a std::shared_ptr or std::weak_ptr; "
        "for an object that outlives the registration use assent::member or a plain lambda")
    no_owner(const T&) {
        misused();
    } // NOLINT(google-explicit-constructor)
};

/// Fits everywhere, so that the error stays one.
struct misfit {
    template <class... Arguments> misfit operator()(Arguments&&...) noexcept { return {}; }
    template <class T> operator T() noexcept { misused(); } // NOLINT(google-explicit-constructor)
};

} // namespace detail

inline detail::misfit borrow(detail::temporary_object) { return {}; }
template <class Function, class Class> detail::misfit member(Function Class::*, detail::temporary_object) {
    return {};
}
template <class F> detail::misfit tracked(detail::no_owner, F&&) { return {}; }

} // namespace assent::inline ASSENT_ABI

#endif
