// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_CALLBACK_SCOPE_HPP
#define ASSENT_WINDOWS_CALLBACK_SCOPE_HPP

#include <assent/config.hpp>
#include <assent/windows/driver.hpp>
#include <assent/windows/observer.hpp>
#include <assent/windows/primitives/irql_state.hpp>

#include <chrono>
#include <cstring>
#include <memory>
#include <string_view>

namespace assent::windows {

/// One call of a driver's notification callback, for its lifetime: says whose code runs and that a notification is
/// in progress on this thread, and lets an observer see what the callback did to the thread's state.
class callback_scope {
public:
    callback_scope(const running_code& callee, partition_observer* observer, std::string_view routine,
                   std::string_view event) noexcept
        : running_(callee), callee_(callee.who), observer_(observer), routine_(routine), event_(event),
          before_(current_irql_state()) {
        ++depth_;
        if (observer_ != nullptr) began_ = observer_->now();
    }
    callback_scope(const callback_scope&) = delete;
    callback_scope& operator=(const callback_scope&) = delete;
    ~callback_scope() {
        --depth_;
        if (observer_ == nullptr) return;
        const auto budget = observer_->time_budget();
        if (budget.count() > 0 && observer_->now() - began_ > budget)
            report(44, "took longer than its time budget");
        irql_state& now = current_irql_state();
        if (now.level != before_.level) report(43, "returned at another IRQL than it was called at");
        if (now.critical_regions != before_.critical_regions ||
            now.guarded_regions != before_.guarded_regions)
            report(43, "returned with another number of entered critical or guarded regions");
        now = before_; // the next callback is not blamed for it
    }

    void report(int requirement, std::string_view text) const noexcept {
        if (observer_ != nullptr) observer_->violated({requirement, callee_, routine_, event_, text});
    }

    /// Whether this thread is inside a notification callback (W36).
    static bool inside() noexcept { return depth_ > 0; }

private:
    ASSENT_HIDDEN static inline thread_local int depth_ = 0;

    const running_driver running_;
    driver* callee_;
    partition_observer* observer_;
    std::string_view routine_;
    std::string_view event_;
    irql_state before_;
    std::chrono::steady_clock::time_point began_{};
};

/// A read-only structure as one callback sees it: a copy of its own (W58). With an observer it stands on the heap,
/// so that a use after the callback is a use after free, which AddressSanitizer shows (W17).
template <class Structure> class shown_structure {
public:
    shown_structure(const Structure& original, const callback_scope& scope, bool observed)
        : scope_(scope), original_(original), copy_(original) {
        if (!observed) return;
        heap_ = std::make_unique<Structure>();
        std::memcpy(heap_.get(), &original_, sizeof(Structure)); // with its padding, which is compared too
    }
    shown_structure(const shown_structure&) = delete;
    shown_structure& operator=(const shown_structure&) = delete;
    ~shown_structure() {
        if (heap_ != nullptr && std::memcmp(heap_.get(), &original_, sizeof(Structure)) != 0)
            scope_.report(58, "wrote to the read-only notification structure");
    }

    Structure* get() noexcept { return heap_ != nullptr ? heap_.get() : &copy_; }

private:
    const callback_scope& scope_;
    const Structure original_;
    Structure copy_;
    std::unique_ptr<Structure> heap_;
};

} // namespace assent::windows

#endif
