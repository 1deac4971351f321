// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_REGISTRATION_HPP
#define ASSENT_CORE_REGISTRATION_HPP

#include <assent/config.hpp>
#include <assent/core/detail/node.hpp>
#include <assent/core/detail/reclamation.hpp>
#include <assent/core/detail/registry.hpp>
#include <assent/core/unregister_result.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string_view>
#include <utility>

namespace assent::inline ASSENT_ABI {

namespace detail {
struct registration_access;
}

/// A registered callback; its destructor unregisters it. One type for all categories, pointer-sized.
///
/// Threads  different registrations may be used from any threads at any time, also from inside callbacks (those of
///          a single_threaded_policy dispatcher on its thread only); one registration object is like an int. It may outlive
///          its dispatcher: it is inert then.
class [[nodiscard(
    "assent: registration [kept]: its destructor unregisters; keep it in a variable")]] registration {
public:
    constexpr registration() noexcept = default;
    registration(registration && other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    /// Unregisters what it held first.
    registration& operator=(registration&& other) noexcept {
        if (this != &other) {
            reset();
            node_ = std::exchange(other.node_, nullptr);
        }
        return *this;
    }
    /// Unregisters and waits, as unregister() does. Where waiting would close a cycle, the dispatcher's
    /// policy decides; by default the program ends with a message that names both callbacks.
    ~registration() { reset(); }

    /// Unregisters; idempotent.
    ///
    /// After it returns the callback is not running on any other thread and will not be called again,
    /// unless the result says `cycle_broken`. From inside the callback itself it does not wait for its own
    /// invocation: the callable is destroyed when that returns.
    /// Threads  waits for invocations of this callback on other threads, for nothing else.
    /// Cost     O(attached threads); no allocation.
    unregister_result unregister() noexcept { return end(detail::wait_policy::wait, detail::no_deadline); }

    /// Unregisters without waiting: an invocation that runs goes on, and the callable lives until it ends.
    unregister_result unregister(no_wait_t) noexcept {
        return end(detail::wait_policy::no_wait, detail::no_deadline);
    }

    /// Unregisters; waits for running invocations until `time` at most.
    unregister_result unregister_until(std::chrono::steady_clock::time_point time) noexcept {
        return end(detail::wait_policy::wait, time);
    }

    /// Starts a registration made with `deferred`. False: it was started before, its dispatcher is gone, or
    /// there was no memory; it may be tried again.
    bool start() noexcept {
        if (node_ == nullptr) return false;
        detail::registry& in = *node_->home->in().owner;
        const std::lock_guard guard(in.lock);
        return node_->state.load(std::memory_order_relaxed) == detail::node_state::dormant && !in.closed &&
               in.attach(*node_, node_->does().invoke);
    }

    /// Whether the callback can be called: started, not unregistered, its dispatcher alive.
    bool active() const noexcept {
        return node_ != nullptr && node_->state.load(std::memory_order_relaxed) == detail::node_state::live;
    }

    explicit operator bool() const noexcept { return active(); }

    /// The name given at registration; empty when there was none.
    std::string_view name() const noexcept {
        return node_ == nullptr ? std::string_view() : node_->does().name(node_);
    }

    friend void swap(registration & a, registration & b) noexcept { std::swap(a.node_, b.node_); }

private:
    friend struct detail::registration_access;
    explicit registration(detail::node & n) noexcept : node_(&n) {}

    void reset() noexcept {
        if (node_ != nullptr) end(detail::wait_policy::wait_in_destructor, detail::no_deadline);
    }

    unregister_result end(detail::wait_policy policy, detail::deadline until) noexcept {
        if (node_ == nullptr) return unregister_result::empty;
        return detail::removal(let_go())(policy, until);
    }

    detail::node& let_go() noexcept {
        // Partner: tenancy::await_vacancy(), which ends the program where nobody will ever release the node.
        node_->released.store(true, std::memory_order_release);
        return *std::exchange(node_, nullptr);
    }

    detail::node* node_ = nullptr;
};

namespace detail {
/// How the library gets at the node of a registration.
struct registration_access {
    static registration make(node& n) noexcept { return registration(n); }
    static node* node_of(const registration& r) noexcept { return r.node_; }
    static node& release(registration& r) noexcept { return r.let_go(); }
};
} // namespace detail

static_assert(sizeof(registration) == sizeof(void*));

} // namespace assent::inline ASSENT_ABI

#endif
