// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_CHANGE_ACTION_HPP
#define ASSENT_DISPATCH_CHANGE_ACTION_HPP

#include <assent/config.hpp>
#include <assent/core/status.hpp>

#include <concepts>
#include <type_traits>

namespace assent::inline ASSENT_ABI {

/// The change itself, run between prepare and commit: callable without arguments; its result says whether the
/// change happened: void (it did), bool, or a status.
template <class A>
concept change_action = std::invocable<A&> &&
    (std::is_void_v<std::invoke_result_t<A&>> || status<std::remove_cvref_t<std::invoke_result_t<A&>>>);

} // namespace assent::inline ASSENT_ABI

#endif
