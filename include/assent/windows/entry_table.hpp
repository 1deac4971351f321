// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_ENTRY_TABLE_HPP
#define ASSENT_WINDOWS_ENTRY_TABLE_HPP

#include <assent/config.hpp>
#include <assent/core/handle_table.hpp>
#include <assent/core/registration.hpp>
#include <assent/core/unregister_result.hpp>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/driver.hpp>
#include <assent/windows/notification_entry.hpp>
#include <assent/windows/observer.hpp>
#include <assent/windows/partition_options.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace assent::windows {

/// All notification entries of a partition: what a registering function gives out is a handle of this table, made
/// to look like a pointer (W41).
/// Threads  everything; nothing of a driver runs under its lock.
class entry_table {
public:
    explicit entry_table(const partition_options& options) : options_(options) {}

    const partition_options& options() const noexcept { return options_; }

    static PVOID to_pointer(handle h) noexcept {
        return reinterpret_cast<PVOID>(static_cast<std::uintptr_t>(h));
    }

    /// In two halves, because the pointer is given away before there is a registration; see entry_maker.
    handle reserve() noexcept { return entries_.reserve(); }
    bool put(handle to, std::shared_ptr<notification_entry> entry) noexcept {
        return entries_.put(to, std::move(entry));
    }
    void cancel(handle unused) noexcept { static_cast<void>(entries_.cancel(unused)); }
    void drop(handle which) noexcept { static_cast<void>(entries_.take(which)); }

    /// W38 to W41.
    NTSTATUS unregister(entry_kind kind, PVOID entry, bool wait) {
        const auto found = entries_.get(to_handle(entry));
        if (!found || (*found)->kind() != kind) return STATUS_INVALID_PARAMETER; // W41
        if (wait && (*found)->replaying_here()) {                                // W40
            report_violation(options_.observer, 40, (*found)->owner(), "unregistration",
                             "unregistered from inside its replay, waiting");
            if (options_.answers.refuses_unregistering_inside_replay) return STATUS_POSSIBLE_DEADLOCK;
        }
        const auto taken = entries_.take(to_handle(entry));
        if (!taken) return STATUS_INVALID_PARAMETER;
        registration r = (*taken)->release();
        if (wait) {
            r.unregister();
        } else {
            r.unregister(no_wait);
        }
        return STATUS_SUCCESS;
    }

    /// Unregisters what the driver still has, but keeps the entries: their handles stay valid to be given back.
    /// @return what they were (W45)
    std::vector<std::string> silence(driver& d) {
        std::vector<std::shared_ptr<notification_entry>> left;
        entries_.for_each([&](handle, const std::shared_ptr<notification_entry>& e) {
            if (e->owner() == &d) left.push_back(e);
        });
        std::vector<std::string> descriptions;
        for (const auto& e : left) {
            e->release().unregister();
            descriptions.push_back(e->description());
        }
        return descriptions;
    }

private:
    static handle to_handle(PVOID pointer) noexcept {
        return static_cast<handle>(reinterpret_cast<std::uintptr_t>(pointer));
    }

    const partition_options& options_;
    handle_table<std::shared_ptr<notification_entry>> entries_;
};

} // namespace assent::windows

#endif
