// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_DETAIL_MISUSED_POST_HPP
#define ASSENT_ASYNC_DETAIL_MISUSED_POST_HPP

#include <assent/config.hpp>
#include <assent/async/delivery_result.hpp>
#include <assent/async/executor.hpp>
#include <assent/async/submission.hpp>
#include <assent/core/category.hpp>
#include <assent/core/contract.hpp>
#include <assent/dispatch/detail/misused_category.hpp>
#include <assent/dispatch/dispatcher.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 16 "assent/async/detail/misused_post.hpp"

#include <concepts>
#include <type_traits>

namespace assent::inline ASSENT_ABI {
namespace detail {

// What post() and its like must not be given. The conversion is the error, not the function: g++ reports an
// unavailable free function twice.

struct no_executor {
    template <class E>
        requires(!executor_reference<E>)
    ASSENT_UNAVAILABLE(
        "assent: executor [execute]: needs `assent::submission execute(assent::task&&)`; it takes the "
        "task out of its argument when it answers accepted")
    no_executor(E&&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct two_phase_dispatcher {
    template <two_phase C, class Policy>
    ASSENT_UNAVAILABLE("assent: one-phase category [post]: nobody waits for the answers of two phases; use "
                       "post_announcement(executor, dispatcher, event), or transact in a task of your own")
    two_phase_dispatcher(dispatcher<C, Policy>&) {
        misused();
    } // NOLINT(google-explicit-constructor)
};

struct one_phase_dispatcher {
    template <one_phase C, class Policy>
    ASSENT_UNAVAILABLE("assent: two-phase category [post_announcement]: this category has one phase; use "
                       "post(executor, dispatcher, event)")
    one_phase_dispatcher(dispatcher<C, Policy>&) {
        misused();
    } // NOLINT(google-explicit-constructor)
};

struct no_completion_at_all {
    template <class F>
        requires(!delivery_completion<std::remove_cvref_t<F>>)
    ASSENT_UNAVAILABLE(
        "assent: completion [arguments]: must be callable with `delivery_result`, or with that and "
        "`std::exception_ptr`")
    no_completion_at_all(F&&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct no_work {
    template <class Work>
        requires(!std::invocable<std::remove_cvref_t<Work>&>)
    ASSENT_UNAVAILABLE("assent: work [callable]: must be callable without arguments; capture what it needs")
    no_work(Work&&) { misused(); } // NOLINT(google-explicit-constructor)
};

} // namespace detail

template <executor_reference Executor, class... Rest>
submission post_call(Executor&&, detail::no_work, Rest&&...) {
    return submission::closed;
}
template <class Work, class... Rest> submission post_call(detail::no_executor, const Work&, Rest&&...) {
    return submission::closed;
}

template <class C, class Policy, class... Rest>
submission post(detail::no_executor, dispatcher<C, Policy>&, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <class C, class Policy, class... Rest>
submission post_announcement(detail::no_executor, dispatcher<C, Policy>&, const detail::anything&,
                             Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post(Executor&&, detail::two_phase_dispatcher, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, class... Rest>
submission post_announcement(Executor&&, detail::one_phase_dispatcher, const detail::anything&, Rest&&...) {
    return submission::closed;
}
template <executor_reference Executor, one_phase C, class Policy>
submission post(Executor&&, dispatcher<C, Policy>&, const detail::anything&, detail::no_completion_at_all) {
    return submission::closed;
}

} // namespace assent::inline ASSENT_ABI

#endif
