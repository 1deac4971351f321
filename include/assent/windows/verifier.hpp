// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_VERIFIER_HPP
#define ASSENT_WINDOWS_VERIFIER_HPP

#include <assent/config.hpp>
#include <assent/windows/driver.hpp>
#include <assent/windows/observer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assent::windows {

/// A rule that a driver broke, as it is kept.
struct verifier_report {
    int requirement;
    std::string driver; ///< empty: not known
    std::string routine;
    std::string event; ///< empty: not inside a callback
    std::string text;

    /// `W28 mydriver, interface change Arrival: returned …`
    std::string print() const {
        std::string line =
            'W' + std::to_string(requirement) + ' ' + (driver.empty() ? "?" : driver) + ", " + routine;
        if (!event.empty()) line += ' ' + event;
        return line + ": " + text;
    }
};

/// An observer that keeps what drivers do wrong:
///
///   assent::windows::verifier checks;
///   assent::windows::partition machine({.observer = &checks});
///   … run the driver …; checks.reports() is empty if it keeps the rules.
///
/// Threads  every member may be called from any thread.
class verifier : public partition_observer {
public:
    using clock = std::function<std::chrono::steady_clock::time_point()>;

    /// @param budget  how long a callback may take (W44); zero means unlimited
    /// @param time    the clock it is measured by, from any thread; for tests that make time pass
    explicit verifier(std::chrono::nanoseconds budget = std::chrono::nanoseconds{0},
                      clock time = &std::chrono::steady_clock::now)
        : budget_(budget), time_(std::move(time)) {}

    std::vector<verifier_report> reports() const {
        const std::lock_guard guard(lock_);
        return reports_;
    }
    std::size_t count(int requirement) const {
        const std::lock_guard guard(lock_);
        return static_cast<std::size_t>(
            std::count_if(reports_.begin(), reports_.end(),
                          [&](const verifier_report& r) { return r.requirement == requirement; }));
    }
    void clear() {
        const std::lock_guard guard(lock_);
        reports_.clear();
    }
    /// One line for each report.
    std::string print() const {
        std::string text;
        for (const verifier_report& r : reports()) text += r.print() + '\n';
        return text;
    }

    void violated(const violation& v) noexcept override {
        const std::lock_guard guard(lock_);
        reports_.push_back({v.requirement, v.by == nullptr ? std::string() : std::string(v.by->name()),
                            std::string(v.routine), std::string(v.event), std::string(v.text)});
    }
    std::chrono::nanoseconds time_budget() const noexcept override { return budget_; }
    std::chrono::steady_clock::time_point now() const noexcept override { return time_(); }

private:
    const std::chrono::nanoseconds budget_;
    const clock time_;
    mutable std::mutex lock_;
    std::vector<verifier_report> reports_;
};

} // namespace assent::windows

#endif
