// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DRIVER_LIST_HPP
#define ASSENT_WINDOWS_DRIVER_LIST_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/driver.hpp>
#include <assent/windows/entry_table.hpp>
#include <assent/windows/observer.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace assent::windows {

/// What became of unloading a driver.
struct unloading {
    NTSTATUS status;
    std::vector<std::string> remaining; ///< registrations that the driver left behind (W45)
};

/// The drivers that were loaded. They stay until the partition goes: their objects may be referred to.
/// Threads  everything; nothing of a driver runs under its lock.
class driver_list {
public:
    driver_list(partition& home, entry_table& entries) : home_(home), entries_(entries) {}

    /// Calls DriverEntry. After an error the driver's registrations are called no more.
    std::pair<driver*, NTSTATUS> load(std::string name, PDRIVER_INITIALIZE entry) {
        driver* loaded = nullptr;
        {
            const std::lock_guard guard(lock_);
            drivers_.push_back(std::make_unique<driver>(std::move(name), home_));
            loaded = drivers_.back().get();
        }
        WCHAR no_path[] = {0};
        UNICODE_STRING registry_path{0, sizeof(no_path), no_path};
        NTSTATUS status = 0;
        {
            const running_driver scope(loaded);
            status = entry(&loaded->object(), &registry_path);
        }
        if (!NT_SUCCESS(status)) static_cast<void>(entries_.silence(*loaded));
        return {loaded, status};
    }

    /// Calls the Unload routine, then looks what is left (W45).
    unloading unload(driver& d) {
        if (d.object().DriverUnload == nullptr) return {STATUS_INVALID_DEVICE_REQUEST, {}};
        {
            const running_driver scope(&d);
            d.object().DriverUnload(&d.object());
        }
        std::vector<std::string> remaining = entries_.silence(d);
        for (const std::string& each : remaining)
            report_violation(entries_.options().observer, 45, &d, "Unload", "left registered: " + each);
        return {remaining.empty() ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL, std::move(remaining)};
    }

    /// Null: not one of these.
    driver* find(const DRIVER_OBJECT* object) const {
        const std::lock_guard guard(lock_);
        for (const auto& d : drivers_)
            if (&d->object() == object) return d.get();
        return nullptr;
    }

private:
    partition& home_;
    entry_table& entries_;
    mutable std::mutex lock_;
    std::vector<std::unique_ptr<driver>> drivers_;
};

} // namespace assent::windows

#endif
