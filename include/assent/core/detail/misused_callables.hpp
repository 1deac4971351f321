// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_MISUSED_CALLABLES_HPP
#define ASSENT_CORE_DETAIL_MISUSED_CALLABLES_HPP

#include <assent/config.hpp>
#include <assent/core/contract.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 10 "assent/core/detail/misused_callables.hpp"

#include <type_traits>

namespace assent::inline ASSENT_ABI {
namespace detail {

// What borrow(), member() and tracked() must not be given. The conversion is the error, not the function: g++
// reports an unavailable free function twice.

template <class T>
concept object_pointer = std::is_pointer_v<T> && !std::is_function_v<std::remove_pointer_t<T>>;

struct temporary_object {
    template <class T>
        requires(!object_pointer<T>)
    ASSENT_UNAVAILABLE(
        "assent: borrowed object [lifetime]: a temporary is gone before it is called; keep it in "
        "a variable that outlives the registration, or register it by value")
    temporary_object(const T&&) { misused(); } // NOLINT(google-explicit-constructor)
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

struct pointer_to_object {
    template <class T>
        requires object_pointer<T>
            ASSENT_UNAVAILABLE("assent: borrowed object [object]: borrow the object, not a pointer to it: "
                               "assent::borrow(*pointer)")
    pointer_to_object(const T&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct object_before_function {
    template <class T>
        requires(!std::is_member_pointer_v<T>)
    ASSENT_UNAVAILABLE("assent: bound member [function first]: the function comes before its object: "
                       "assent::member(&T::f, object)")
    object_before_function(const T&) { misused(); } // NOLINT(google-explicit-constructor)
};

template <class F>
concept may_be_called = std::is_class_v<F> || std::is_union_v<F> || std::is_member_pointer_v<F> ||
    (std::is_pointer_v<F> && !object_pointer<F>);

struct no_callable {
    template <class T>
        requires(!may_be_called<std::decay_t<T>>)
    ASSENT_UNAVAILABLE(
        "assent: no_throw callable [callable]: must be what is called to commit or abort: a lambda, a "
        "function, or assent::member(&T::f, object)")
    no_callable(T&&) { misused(); } // NOLINT(google-explicit-constructor)
};

/// Fits everywhere, so that the error stays one.
struct misfit {
    template <class... Arguments> misfit operator()(Arguments&&...) noexcept { return {}; }
    template <class T> operator T() noexcept { misused(); } // NOLINT(google-explicit-constructor)
};
/// The same where nothing may be returned.
struct finishing_misfit {
    template <class... Arguments> void operator()(Arguments&&...) noexcept {}
};

} // namespace detail

inline detail::misfit borrow(detail::temporary_object) { return {}; }
template <class Function, class Class> detail::misfit member(Function Class::*, detail::temporary_object) {
    return {};
}
inline detail::misfit borrow(detail::pointer_to_object) { return {}; }
inline detail::finishing_misfit no_throw(detail::no_callable) { return {}; }
template <class Function, class Class>
detail::misfit member(detail::object_before_function, Function Class::*) {
    return {};
}
template <class F> detail::misfit tracked(detail::no_owner, F&&) { return {}; }

} // namespace assent::inline ASSENT_ABI

#endif
