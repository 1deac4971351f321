// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_ANY_EXECUTOR_HPP
#define ASSENT_ASYNC_ANY_EXECUTOR_HPP

#include <assent/config.hpp>
#include <assent/async/executor.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// Refers to an executor chosen at run time. Does not own it: the executor must outlive its use.
class any_executor {
public:
    template <executor Executor>
        requires(!std::same_as<std::remove_const_t<Executor>, any_executor> && !std::is_const_v<Executor>)
    any_executor(Executor& to)
    noexcept // NOLINT(google-explicit-constructor): a reference to it
        : to_(&to), does_(&table_for<Executor>) {}

    submission execute(task&& t) const { return does_->execute(to_, std::move(t)); }

    /// Waits for what it has accepted so far, if it can be waited for.
    drain_result drain() const { return does_->drain(to_); }

    friend bool operator==(const any_executor& a, const any_executor& b) noexcept { return a.to_ == b.to_; }

private:
    struct table {
        submission (*execute)(void*, task&&);
        drain_result (*drain)(void*);
    };

    template <class Executor> static submission execute_on(void* e, task&& t) {
        return static_cast<Executor*>(e)->execute(std::move(t));
    }
    template <class Executor> static drain_result drain_on([[maybe_unused]] void* e) {
        if constexpr (drainable_executor<Executor>) {
            return static_cast<Executor*>(e)->drain();
        } else {
            return drain_result::unsupported;
        }
    }
    template <class Executor> static constexpr table table_for{&execute_on<Executor>, &drain_on<Executor>};

    void* to_;
    const table* does_;
};

} // namespace assent::inline ASSENT_ABI

#endif
