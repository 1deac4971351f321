// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_OBSERVER_HPP
#define ASSENT_DISPATCH_OBSERVER_HPP

#include <assent/config.hpp>
#include <assent/dispatch/activity.hpp>

#include <concepts>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// Sees nothing and costs nothing: what a dispatcher has unless its policy says otherwise.
struct no_observer {};

namespace detail {

template <class O>
concept sees_beginnings = requires(O& o, const activity& a) {
    o.began(a);
};
template <class O>
concept sees_beginnings_safely = requires(O& o, const activity& a) {
    requires noexcept(o.began(a));
};

/// What stands for the answer of a began() that returns nothing.
struct no_memo {};

template <sees_beginnings O> auto begin_memo(O& o, const activity& a) noexcept {
    if constexpr (std::same_as<decltype(o.began(a)), void>) {
        o.began(a);
        return no_memo{};
    } else {
        return o.began(a);
    }
}
template <class O> using memo_of = decltype(begin_memo(std::declval<O&>(), std::declval<const activity&>()));

template <class O>
concept sees_endings = requires(O& o, const activity& a, ending how) {
    { o.ended(a, how) } -> std::same_as<void>;
};
template <class O>
concept sees_endings_with_memo = requires(O& o, const activity& a, ending how, memo_of<O>& memo) {
    { o.ended(a, how, memo) } -> std::same_as<void>;
};
template <class O>
concept sees_endings_safely = requires(O& o, const activity& a, ending how) {
    requires noexcept(o.ended(a, how));
}
|| requires(O& o, const activity& a, ending how, memo_of<O>& memo) {
    requires noexcept(o.ended(a, how, memo));
};

} // namespace detail

/// Sees what a dispatcher does, from inside: named in its policy, kept by value in the dispatcher.
///   began(const activity&) noexcept             what it returns, if anything, is kept until the end
///   ended(const activity&, ending) noexcept     or with a third argument: a reference to what began() returned
/// Every activity that began ends, on the same thread, after those that began inside it. That of a callback is
/// the innermost; an abort told by the thread that unregisters a prepared participant stands alone.
/// Threads  both are called on whatever thread the activity is on, also on several at once; no lock is held. They
///          must not use the dispatcher they observe.
template <class O>
concept observer = std::move_constructible<O> &&
    (std::same_as<O, no_observer> ||
     (detail::sees_beginnings_safely<O> &&
      (detail::sees_endings<O> || detail::sees_endings_with_memo<O>)&&detail::sees_endings_safely<O>));

} // namespace assent::inline ASSENT_ABI

#endif
