// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_WATCHDOG_HPP
#define ASSENT_DISPATCH_WATCHDOG_HPP

#include <assent/config.hpp>
#include <assent/dispatch/activity.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace assent::inline ASSENT_ABI {

/// A callback that takes longer than it may. The views are good during the call that reports it.
struct overrun {
    std::string_view name; ///< of the registration; empty when there was none
    std::string_view category;
    std::optional<phase> in_phase; ///< in two-phase categories
    std::thread::id thread;        ///< that it runs on
    std::chrono::nanoseconds took; ///< so far, if it still runs
    bool still_runs;               ///< reported by look()
};

/// Reports an overrun on the standard error stream.
struct print_overrun {
    void operator()(const overrun& o) const noexcept {
        const std::string_view word = o.in_phase ? word_for(*o.in_phase) : word_for(activity_kind::callback);
        std::fprintf(stderr, "assent: %.*s '%.*s' of %.*s %s %lld us, more than it may\n",
                     static_cast<int>(word.size()), word.data(), static_cast<int>(o.name.size()),
                     o.name.data(), static_cast<int>(o.category.size()), o.category.data(),
                     o.still_runs ? "has been running for" : "took",
                     static_cast<long long>(o.took / std::chrono::microseconds(1)));
    }
};

/// An observer that reports callbacks over a time budget, with the name they are registered under:
///
///   assent::watchdog<> dog(50ms);
///   assent::dispatcher<reload, assent::observed_by<assent::watchdog<>>> reloads(dog);
///
/// A callback is reported when it returns. One that never does is found by look(), for which there is no thread
/// here: call it where the program has one to spare.
/// Threads  every member may be called from any thread; the report runs on the thread that found the overrun,
///          without a lock held, and must not throw.
/// Cost     two readings of the clock and a mutex for each callback.
template <class Report = print_overrun, class Clock = std::chrono::steady_clock>
    requires std::is_nothrow_invocable_v<Report&, const overrun&>
class watchdog {
public:
    explicit watchdog(std::chrono::nanoseconds budget, Report report = {})
        : budget_(budget), report_(std::move(report)) {}
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

    /// A callback that runs, linked into the list of all.
    class running {
    public:
        running(watchdog& in, const activity& what) noexcept
            : of_(what.kind == activity_kind::callback ? &in : nullptr) {
            if (of_ == nullptr) return;
            what_ = &what;
            since_ = Clock::now();
            const std::lock_guard guard(of_->lock_);
            next_ = of_->first_;
            if (next_ != nullptr) next_->link_ = &next_;
            link_ = &of_->first_;
            of_->first_ = this;
        }
        running(const running&) = delete;
        running& operator=(const running&) = delete;
        ~running() {
            if (of_ == nullptr) return;
            const std::lock_guard guard(of_->lock_);
            *link_ = next_;
            if (next_ != nullptr) next_->link_ = link_;
        }

    private:
        friend class watchdog;
        watchdog* of_;
        const activity* what_ = nullptr;
        typename Clock::time_point since_{};
        std::thread::id thread_ = std::this_thread::get_id();
        running* next_ = nullptr;
        running** link_ = nullptr;
        bool reported_ = false; ///< under the lock
    };

    running began(const activity& what) noexcept { return running(*this, what); }
    void ended(const activity& what, ending, running& callback) noexcept {
        if (what.kind != activity_kind::callback) return;
        const auto took = Clock::now() - callback.since_;
        if (took > budget_) report_(overrun_of(callback, took, false));
    }

    /// Reports the callbacks that are over the budget now and still run, each once. Returns how many.
    /// Errors  std::bad_alloc: some are left for the next time.
    std::size_t look() {
        struct found {
            std::string name;
            std::string category;
            overrun what;
        };
        std::vector<found> late;
        {
            const std::lock_guard guard(lock_);
            const auto now = Clock::now();
            for (running* r = first_; r != nullptr; r = r->next_) {
                if (r->reported_ || !(now - r->since_ > budget_)) continue;
                // Copies: the callback may return, and its registration go, before it is reported.
                late.push_back({std::string(r->what_->name), std::string(r->what_->category),
                                overrun_of(*r, now - r->since_, true)});
                r->reported_ = true;
            }
        }
        for (found& each : late) {
            each.what.name = each.name;
            each.what.category = each.category;
            report_(std::as_const(each.what));
        }
        return late.size();
    }

private:
    static overrun overrun_of(const running& r, std::chrono::nanoseconds took, bool still_runs) noexcept {
        return {r.what_->name, r.what_->category, r.what_->in_phase, r.thread_, took, still_runs};
    }

    const std::chrono::nanoseconds budget_;
    Report report_;
    std::mutex lock_; ///< of the list
    running* first_ = nullptr;
};

} // namespace assent::inline ASSENT_ABI

#endif
