// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_DETAIL_MISUSED_TASK_HPP
#define ASSENT_ASYNC_DETAIL_MISUSED_TASK_HPP

#include <assent/config.hpp>
#include <assent/core/contract.hpp>

// No path that can be opened: a note about a declaration below is then one line, without an excerpt.
#line 10 "assent/async/detail/misused_task.hpp"

#include <concepts>
#include <type_traits>

namespace assent::inline ASSENT_ABI {

class task;

namespace detail {

// What tasks must not be made of, and executors must not be given. The conversion is the error, not the function:
// g++ reports an unavailable function outside templates twice.

struct no_work_at_all {
    template <class Work>
        requires(!requires(Work & w) {
            w.run();
            w.discard();
        })
    ASSENT_UNAVAILABLE(
        "assent: task [work]: must be movable and have run() and discard(); for two callables use "
        "assent::task::make(run, discard)")
    no_work_at_all(Work&&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct lone_callable {
    template <class Run>
    ASSENT_UNAVAILABLE("assent: task [discard]: a task is also told when it will not be run; pass a second "
                       "callable for that: make(run, discard)")
    lone_callable(Run&&) {
        misused();
    } // NOLINT(google-explicit-constructor)
};

struct wrong_callable {
    template <class F>
        requires(!std::invocable<std::remove_cvref_t<F>&>)
    ASSENT_UNAVAILABLE(
        "assent: task [callable]: run and discard must be callable without arguments; capture what "
        "they need")
    wrong_callable(F&&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct no_task {
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, task>)
    ASSENT_UNAVAILABLE("assent: executor [task]: execute takes a task; make one with assent::task::make(run, "
                       "discard), or use assent::post_call(executor, callable)")
    no_task(F&&) { misused(); } // NOLINT(google-explicit-constructor)
};

struct bare_number {
    template <std::integral Number>
    ASSENT_UNAVAILABLE("assent: ordered worker [options]: a number does not say what it means; name it: "
                       "ordered_worker worker({.capacity = 16})")
    bare_number(Number) { // NOLINT(google-explicit-constructor)
        misused();
    }
};

struct named_number {
    template <std::integral Number>
    ASSENT_UNAVAILABLE("assent: manual executor [capacity]: has no options; pass the number: "
                       "manual_executor executor(16)")
    named_number(Number) { // NOLINT(google-explicit-constructor)
        misused();
    }
};
/// Takes options in braces where there are none.
struct named_capacity {
    named_number capacity;
};

} // namespace detail
} // namespace assent::inline ASSENT_ABI

#endif
