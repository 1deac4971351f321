// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_OBSERVATION_HPP
#define ASSENT_DISPATCH_DETAIL_OBSERVATION_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/detail/node.hpp>
#include <assent/core/detail/run.hpp>
#include <assent/core/detail/type_name.hpp>
#include <assent/dispatch/observer.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/dispatch/phase.hpp>

#include <exception>
#include <optional>
#include <string_view>

namespace assent::inline ASSENT_ABI::detail {

constexpr ending ending_of(verdict v) noexcept {
    switch (v) {
    case verdict::committed:
        return ending::done;
    case verdict::refused:
        return ending::refused;
    case verdict::failed:
        return ending::failed;
    case verdict::timed_out:
        return ending::timed_out;
    case verdict::would_deadlock:
        return ending::would_deadlock;
    }
    return ending::done;
}

/// What an observation is about, before it is known of which dispatcher.
struct observed_part {
    activity_kind kind;
    std::optional<phase> in_phase{};
    std::string_view name{};
};

/// A dispatcher's state, kept alive.
template <class State> class kept_state {
public:
    explicit kept_state(State& s) noexcept : state_(s) { s.acquire(); }
    kept_state(const kept_state&) = delete;
    kept_state& operator=(const kept_state&) = delete;
    ~kept_state() { state_.release(); }

private:
    State& state_;
};

/// Does body(), which says how it ended, in front of the dispatcher's observer.
template <class State, class Body>
    requires(State::observed)
void observe(State& s, const observed_part& part, Body&& body) {
    // The dispatcher may be destroyed, and its last registration go, inside one of its callbacks.
    const kept_state<State> kept(s);
    const activity what{part.kind, part.in_phase, type_name<typename State::category>(), part.name, &s};
    auto memo = begin_memo(s.seen_by, what);
    const auto end = [&](ending how) noexcept {
        if constexpr (sees_endings_with_memo<typename State::observer_type>) {
            s.seen_by.ended(what, how, memo);
        } else {
            s.seen_by.ended(what, how);
        }
    };
    ending how = ending::done;
    ASSENT_TRY { how = body(); }
    ASSENT_CATCH_ALL {
        // No exception: the thread is being cancelled. Also in g++, where that unwinds through here.
        end(std::current_exception() == nullptr ? ending::cancelled : ending::threw);
        ASSENT_RETHROW;
    }
    end(how);
}

/// Without an observer, just does body(). Inlined: it is on the hot path, where clang 19 would call it.
template <class State, class Body>
ASSENT_INLINED inline void observe(State&, const observed_part&, Body&& body) {
    static_cast<void>(body());
}

/// Shape, with every call in front of the observer. Here, where the callable is called, and not in the walks: the
/// hot path knows nothing of it, and no way to a callback can be forgotten.
template <class Shape, class State> struct observed_shape : Shape {
    template <class Stored> static void invoke(node& n, Stored& stored, const void* argument) {
        const observed_part part{activity_kind::callback, phase_in(argument), n.does().name(&n)};
        observe(state_of(n), part, [&] {
            Shape::invoke(stored, argument);
            return answer_in(argument);
        });
    }
    template <class Stored> static void withdraw(node& n, Stored& stored, const void* event) noexcept {
        const observed_part part{activity_kind::callback, phase::abort, n.does().name(&n)};
        observe(state_of(n), part, [&] {
            Shape::withdraw(stored, event);
            return ending::done;
        });
    }

private:
    static State& state_of(const node& n) noexcept { return static_cast<State&>(*n.home->in().owner); }

    static std::optional<phase> phase_in([[maybe_unused]] const void* argument) noexcept {
        if constexpr (Shape::two_phase) {
            return static_cast<const phase_call*>(argument)->which;
        } else {
            return std::nullopt;
        }
    }
    static ending answer_in([[maybe_unused]] const void* argument) noexcept {
        if constexpr (Shape::two_phase) {
            using status_type = typename State::category::status_type;
            const auto& call = *static_cast<const phase_call*>(argument);
            if (call.which == phase::prepare &&
                !status_traits<status_type>::agrees(*static_cast<const status_type*>(call.status)))
                return ending::refused;
        }
        return ending::done;
    }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
