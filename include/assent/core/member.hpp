// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_MEMBER_HPP
#define ASSENT_CORE_MEMBER_HPP

#include <assent/config.hpp>
#include <assent/core/detail/misused_callables.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// A member function and the object it is called on. Made by member(): three words, no allocation.
template <class Function, class T> struct bound_member {
    Function function;
    T* object;

    template <class... Arguments>
        requires std::is_invocable_v<const Function&, T&, Arguments...>
    decltype(auto) operator()(Arguments&&... arguments) const
        noexcept(std::is_nothrow_invocable_v<const Function&, T&, Arguments...>) {
        return std::invoke(function, *object, std::forward<Arguments>(arguments)...);
    }
};

/// A callable that calls a member function: d.on(assent::member(&cache::clear, my_cache)). The object must
/// live until its registration is gone: declare it first.
template <class Function, class Class, class T>
bound_member<Function Class::*, T> member(Function Class::*function, T& object) noexcept {
    return {function, &object};
}
template <class Function, class Class, class T>
bound_member<Function Class::*, T> member(Function Class::*function, T* object) noexcept {
    return {function, object};
}

} // namespace assent::inline ASSENT_ABI

#endif
