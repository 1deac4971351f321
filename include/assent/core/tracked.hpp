// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_TRACKED_HPP
#define ASSENT_CORE_TRACKED_HPP

#include <assent/config.hpp>
#include <assent/core/detail/misused_callables.hpp>
#include <assent/core/status.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// A callable that is called only while its owner lives. Made by tracked().
template <class F, class Owner> struct tracked_callable {
    std::weak_ptr<Owner> owner;
    F callable;

    /// Keeps the owner alive meanwhile. Without it: a status that agrees, a default value, or nothing.
    template <class... Arguments>
        requires std::is_invocable_v<F&, Arguments...> std::invoke_result_t<F&, Arguments...>
    operator()(Arguments&&... arguments) noexcept(std::is_nothrow_invocable_v<F&, Arguments...>) {
        using result = std::invoke_result_t<F&, Arguments...>;
        if (const std::shared_ptr<Owner> alive = owner.lock())
            return std::invoke(callable, std::forward<Arguments>(arguments)...);
        if constexpr (status<result>) {
            return status_traits<result>::agreed();
        } else if constexpr (!std::is_void_v<result>) {
            return result();
        }
    }
};

/// Ties a callable to whoever owns what it uses: it is not called once the last shared_ptr is gone, and the
/// owner is not destroyed while it runs. The registration itself stays until it is unregistered.
///
///   auto r = changes.on(assent::tracked(shared_from_this(), [this](const config_changed& e) { … }));
///
/// In a two-phase category an owner that goes between prepare and commit is not told the end.
template <class Owner, class F>
tracked_callable<std::decay_t<F>, Owner> tracked(const std::shared_ptr<Owner>& owner, F&& f) {
    return {owner, std::forward<F>(f)};
}
template <class Owner, class F>
tracked_callable<std::decay_t<F>, Owner> tracked(const std::weak_ptr<Owner>& owner, F&& f) {
    return {owner, std::forward<F>(f)};
}

} // namespace assent::inline ASSENT_ABI

#endif
