// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_OBSERVED_BY_HPP
#define ASSENT_DISPATCH_OBSERVED_BY_HPP

#include <assent/config.hpp>
#include <assent/dispatch/observer.hpp>
#include <assent/dispatch/policy.hpp>

#include <memory>

namespace assent::inline ASSENT_ABI {

/// An observer that is somebody else's object: several dispatchers can share it, and it can be looked at. It must
/// live until the last of them is gone and the last of their callbacks has returned.
template <class Observer> class observer_reference {
public:
    observer_reference(Observer& to) noexcept
        : to_(std::addressof(to)) {} // NOLINT(google-explicit-constructor)

    decltype(auto) began(const activity& a) noexcept requires detail::sees_beginnings_safely<Observer> {
        return to_->began(a);
    }
    void ended(const activity& a, ending how) noexcept requires detail::sees_endings<Observer> {
        to_->ended(a, how);
    }
    template <class Memo>
    void ended(const activity& a, ending how,
               Memo& memo) noexcept requires detail::sees_endings_with_memo<Observer> {
        to_->ended(a, how, memo);
    }

private:
    Observer* to_;
};

/// The policy of a dispatcher with an observer:
///   assent::activity_recorder seen;
///   assent::dispatcher<reload, assent::observed_by<assent::activity_recorder>> reloads(seen);
template <class Observer> struct observed_by : default_policy {
    using observer = observer_reference<Observer>;
};

} // namespace assent::inline ASSENT_ABI

#endif
