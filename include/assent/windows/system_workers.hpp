// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_SYSTEM_WORKERS_HPP
#define ASSENT_WINDOWS_SYSTEM_WORKERS_HPP

#include <assent/async/ordered_worker.hpp>
#include <assent/async/post.hpp>
#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/dpc.h>
#include <assent/windows/driver.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace assent::windows {

/// Where a partition runs drivers' deferred procedure calls and work items: one ordered worker for each kind, made
/// when it is first needed. Apart from the delivery of notifications, because callbacks wait for them.
/// Threads  everything; nothing of a driver runs under the lock.
class system_workers {
public:
    /// @return false: refused, or no memory.
    template <class Work> bool run_item(Work work) {
        return post_call(worker(items_), as_driver(std::move(work))) == submission::accepted;
    }

    /// Queues the DPC, unless it is queued already. What it calls is fixed now, and the object is not touched
    /// once it has begun, nor after remove(): its owner may free it.
    template <class Work> bool queue(const KDPC* dpc, Work work) {
        ordered_worker& on = worker(dpcs_);
        std::uint64_t number = 0;
        {
            const std::lock_guard guard(lock_);
            number = ++last_;
            if (!queued_.emplace(dpc, number).second) return false;
        }
        const auto run = [this, dpc, number, call = as_driver(std::move(work))]() mutable {
            if (begin(dpc, number)) call();
        };
        if (post_call(on, run) == submission::accepted) return true;
        static_cast<void>(begin(dpc, number));
        return false;
    }
    /// False: it was not queued, or runs already.
    bool remove(const KDPC* dpc) {
        const std::lock_guard guard(lock_);
        return queued_.erase(dpc) != 0;
    }

    /// Returns when what was queued before is done; at once where waiting for it would never end.
    void drain_dpcs() { drain(dpcs_); }
    void drain_items() { drain(items_); }

private:
    template <class Work> static auto as_driver(Work work) {
        return [who = running_code::here(), work = std::move(work)]() mutable {
            const running_driver scope(who);
            work();
        };
    }

    bool begin(const KDPC* dpc, std::uint64_t number) {
        const std::lock_guard guard(lock_);
        const auto it = queued_.find(dpc);
        if (it == queued_.end() || it->second != number) return false;
        queued_.erase(it);
        return true;
    }

    ordered_worker& worker(std::optional<ordered_worker>& which) {
        const std::lock_guard guard(lock_);
        if (!which) which.emplace();
        return *which;
    }
    void drain(std::optional<ordered_worker>& which) {
        ordered_worker* made = nullptr;
        {
            const std::lock_guard guard(lock_);
            if (which) made = &*which;
        }
        if (made != nullptr) static_cast<void>(made->drain());
    }

    std::mutex lock_;
    std::uint64_t last_ = 0;
    std::unordered_map<const KDPC*, std::uint64_t> queued_;
    // Last: what they still run on destruction uses the above.
    std::optional<ordered_worker> dpcs_;
    std::optional<ordered_worker> items_;
};

} // namespace assent::windows

#endif
