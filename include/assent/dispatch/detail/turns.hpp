// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_TURNS_HPP
#define ASSENT_DISPATCH_DETAIL_TURNS_HPP

#include <assent/config.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/registry.hpp>
#include <assent/dispatch/detail/ticket.hpp>
#include <assent/dispatch/detail/turn.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <tuple>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// The tickets of several dispatchers. Everybody takes them in the order of their addresses, so two transactions
/// over the same dispatchers pass one after the other, in whatever order they name them. Who asks while it holds
/// another ticket (from inside a callback) may still close a cycle: the graph of waits finds it.
template <class... State> class turns {
    static constexpr std::size_t count = sizeof...(State);

public:
    explicit turns(State&... s) noexcept : states_{&s...}, scopes_(s...) {}

    /// Takes all, or none. inside: one of them is held by this thread, or named twice. cycle: waiting for one would
    /// never end, or they are of different domains, so that nobody could see whether it would.
    admission enter() noexcept {
        std::array<std::size_t, count> order{};
        for (std::size_t i = 0; i < count; ++i) {
            if (states_[i]->home_domain != states_[0]->home_domain) return admission::cycle;
            std::size_t place = 0;
            for (std::size_t k = 0; k < count; ++k) {
                if (k != i && states_[k] == states_[i]) return admission::inside;
                if (std::less<>()(states_[k], states_[i])) ++place;
            }
            order[place] = i;
        }
        const auto all = std::index_sequence_for<State...>();
        // Before any waiting: what is refused for sure holds nobody up.
        if (held_here(all)) return admission::inside;
        for (const std::size_t i : order)
            if (const admission came = enter(i, all); came != admission::entered) return came;
        return admission::entered;
    }

    /// Lets go of those that were taken; what was queued in their callbacks is done first.
    void leave(first_exception& thrown) {
        std::apply([&](auto&... scope) { (scope.leave(thrown), ...); }, scopes_);
    }

private:
    template <std::size_t... I> bool held_here(std::index_sequence<I...>) const noexcept {
        return (std::get<I>(scopes_).held_here() || ...);
    }
    template <std::size_t... I> admission enter(std::size_t which, std::index_sequence<I...>) noexcept {
        admission came = admission::cycle;
        static_cast<void>(((I == which && (came = std::get<I>(scopes_).enter(), true)) || ...));
        return came;
    }

    std::array<const registry*, count> states_;
    std::tuple<turn_scope<State>...> scopes_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
