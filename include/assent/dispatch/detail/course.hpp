// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_COURSE_HPP
#define ASSENT_DISPATCH_DETAIL_COURSE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/dispatch/phase.hpp>

#include <chrono>

namespace assent::inline ASSENT_ABI::detail {

/// How a transaction goes: what its parts share. Committed until something calls it off; the first cause stands.
class course {
public:
    using clock = std::chrono::steady_clock;

    explicit course(std::chrono::nanoseconds budget)
        : limited_(budget.count() > 0), until_(limited_ ? clock::now() + budget : clock::time_point()) {}

    bool agreed() const noexcept { return verdict_ == verdict::committed; }
    verdict so_far() const noexcept { return verdict_; }
    abort_cause cause() const noexcept { return cause_; }

    /// False: it was called off already.
    bool call_off(verdict v, abort_cause why) noexcept {
        if (!agreed()) return false;
        verdict_ = v;
        cause_ = why;
        return true;
    }

    /// Whether there is a budget.
    bool limited() const noexcept { return limited_; }

    /// Whether the prepare phase has run out of its budget; that calls it off.
    bool late() {
        if (!limited_ || clock::now() <= until_) return false;
        call_off(verdict::timed_out, abort_cause::timed_out);
        return true;
    }

    first_exception thrown;

private:
    const bool limited_;
    const clock::time_point until_;
    verdict verdict_ = verdict::committed;
    abort_cause cause_ = abort_cause::refused;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
