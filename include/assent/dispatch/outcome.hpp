// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_OUTCOME_HPP
#define ASSENT_DISPATCH_OUTCOME_HPP

#include <assent/config.hpp>
#include <assent/dispatch/optional_status.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace assent::inline ASSENT_ABI {

enum class verdict : unsigned char {
    committed,
    refused,        ///< a participant refused: refuser(), status()
    failed,         ///< the action failed: status() if it had one
    timed_out,      ///< the prepare phase took longer than its budget
    would_deadlock, ///< called from inside the dispatcher's own callback, or waiting would close a cycle
};

/// What became of a transaction, or of the replay to a newcomer.
template <class Status> class [[nodiscard("a transaction may have been refused")]] outcome {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): an outcome is a verdict
    outcome(verdict v) noexcept(noexcept(optional_status<Status>())) : verdict_(v) {}
    outcome(verdict v, Status s) : verdict_(v), status_(std::move(s)) {}

    verdict result() const noexcept { return verdict_; }
    explicit operator bool() const noexcept { return verdict_ == verdict::committed; }

    /// The status that called the change off: the first refusal's, or the action's.
    const optional_status<Status>& status() const noexcept { return status_; }

    /// The name under which the participant that refused first was registered (its first 39 characters).
    std::string_view refuser() const noexcept { return {name_.data(), length_}; }

    void refused_by(std::string_view name) noexcept {
        length_ = static_cast<unsigned char>(std::min(name.size(), name_.size()));
        std::copy_n(name.data(), length_, name_.data());
    }

private:
    verdict verdict_;
    unsigned char length_ = 0;
    // A copy: the refuser may be gone by the time somebody asks. No allocation on the way out of a refusal.
    std::array<char, 39> name_{};
    optional_status<Status> status_;
};

} // namespace assent::inline ASSENT_ABI

#endif
