// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_OPTIONAL_STATUS_HPP
#define ASSENT_DISPATCH_OPTIONAL_STATUS_HPP

#include <assent/config.hpp>
#include <assent/core/status.hpp>

#include <concepts>
#include <optional>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// A status, or none. There is a value in it either way, one that agrees: where std::optional moves its empty
/// storage about, g++ 12 at -O3 warns the user of variables that may be used uninitialised.
template <class Status> class optional_status {
public:
    optional_status() noexcept(noexcept(Status(status_traits<Status>::agreed()))) = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a status is one that may be missing
    optional_status(Status s) : has_(true), status_(std::move(s)) {}

    bool has_value() const noexcept { return has_; }
    explicit operator bool() const noexcept { return has_; }

    /// What there is. Not to be asked for where there is none.
    const Status& operator*() const noexcept { return status_; }
    const Status* operator->() const noexcept { return &status_; }

    template <std::convertible_to<Status> Other> Status value_or(Other&& other) const {
        return has_ ? status_ : static_cast<Status>(std::forward<Other>(other));
    }

    /// Whether it is there and equal to the other; an other that may be missing too must be so if it is not.
    friend bool operator==(const optional_status& a,
                           const optional_status& b) requires std::equality_comparable<Status> {
        return a.has_ == b.has_ && (!a.has_ || a.status_ == b.status_);
    }
    friend bool operator==(const optional_status& a,
                           const Status& b) requires std::equality_comparable<Status> {
        return a.has_ && a.status_ == b;
    }
    // Not left to the operators of std::optional: to them an empty one of ours is a value like any other.
    friend bool operator==(const optional_status& a,
                           const std::optional<Status>& b) requires std::equality_comparable<Status> {
        return a.has_ == b.has_value() && (!a.has_ || a.status_ == *b);
    }

private:
    bool has_ = false;
    Status status_ = status_traits<Status>::agreed();
};

} // namespace assent::inline ASSENT_ABI

#endif
