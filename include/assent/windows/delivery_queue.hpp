// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DELIVERY_QUEUE_HPP
#define ASSENT_WINDOWS_DELIVERY_QUEUE_HPP

#include <assent/async/any_executor.hpp>
#include <assent/async/manual_executor.hpp>
#include <assent/async/ordered_worker.hpp>
#include <assent/config.hpp>
#include <assent/windows/partition_options.hpp>

namespace assent::windows {

/// What a partition delivers later, in order: on a thread of its own, or when told.
class delivery_queue {
public:
    explicit delivery_queue(delivery how) : by_worker_(how == delivery::by_worker) {}

    /// Where deliveries are posted to.
    any_executor& executor() noexcept { return executor_; }

    /// Whether delivery needs nobody to tell it.
    bool by_worker() const noexcept { return by_worker_; }

    /// Returns when everything queued before has been delivered.
    void settle() {
        if (by_worker_) {
            static_cast<void>(worker_.drain());
        } else {
            manual_.run_all();
        }
    }
    /// Delivers one. False: there is none, or it is delivered by itself.
    bool deliver_one() { return !by_worker_ && manual_.run_one(); }

private:
    const bool by_worker_;
    manual_executor manual_;
    ordered_worker worker_;
    any_executor executor_ = by_worker_ ? any_executor(worker_) : any_executor(manual_);
};

} // namespace assent::windows

#endif
