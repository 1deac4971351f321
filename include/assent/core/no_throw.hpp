// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_NO_THROW_HPP
#define ASSENT_CORE_NO_THROW_HPP

#include <assent/config.hpp>
#include <assent/core/detail/misused_callables.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// A callable for the finishing phases whose exceptions end the program. Made by no_throw().
template <class F> struct no_throw_callable {
    F callable;
    template <class... Arguments>
        requires std::is_invocable_v<F&, Arguments...> std::invoke_result_t<F&, Arguments...>
    operator()(Arguments&&... arguments) noexcept {
        return std::invoke(callable, std::forward<Arguments>(arguments)...);
    }
};

/// Vouches for a commit or abort that is not declared noexcept. If it throws all the same the program
/// ends: what others have committed cannot be taken back.
template <class F>
    requires detail::may_be_called<std::decay_t<F>> no_throw_callable<std::decay_t<F>> no_throw(F&& f) {
        return {std::forward<F>(f)};
    }

} // namespace assent::inline ASSENT_ABI

#endif
