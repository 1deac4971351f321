// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DRIVER_SERVICES_HPP
#define ASSENT_WINDOWS_DRIVER_SERVICES_HPP

#include <assent/config.hpp>
#include <assent/windows/callback_objects.hpp>
#include <assent/windows/custom_event.hpp>
#include <assent/windows/delivery_queue.hpp>
#include <assent/windows/device.hpp>
#include <assent/windows/device_interfaces.hpp>
#include <assent/windows/device_list.hpp>
#include <assent/windows/driver.hpp>
#include <assent/windows/driver_list.hpp>
#include <assent/windows/entry_table.hpp>
#include <assent/windows/hardware_profile.hpp>
#include <assent/windows/interface_table.hpp>
#include <assent/windows/observer.hpp>
#include <assent/windows/partition_options.hpp>
#include <assent/windows/processor_additions.hpp>
#include <assent/windows/processor_table.hpp>
#include <assent/windows/symbolic_links.hpp>
#include <assent/windows/system_workers.hpp>
#include <assent/windows/target_devices.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace assent::windows {

/// A partition as drivers see it: what the DDI functions call, one each; their documentation is in ddi/.
class driver_services {
public:
    driver_services(const driver_services&) = delete;
    driver_services& operator=(const driver_services&) = delete;

    const processor_table& processors() const noexcept { return processors_.table(); }
    interface_table& interfaces() noexcept { return interfaces_.table(); }
    target_devices& targets() noexcept { return targets_; }
    system_workers& workers() noexcept { return workers_; }
    symbolic_links& links() noexcept { return links_; }
    callback_objects& callbacks() noexcept { return callbacks_; }

    NTSTATUS register_interface_change(const GUID& of, bool with_existing, driver& owner,
                                       PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine, PVOID context,
                                       PVOID* entry) {
        return interfaces_.register_change(entries_, of, with_existing, owner, routine, context, entry);
    }
    NTSTATUS register_target_change(PVOID file, driver& owner, PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine,
                                    PVOID context, PVOID* entry) {
        return targets_.register_change(entries_, file, owner, routine, context, entry);
    }
    NTSTATUS register_profile_change(driver& owner, PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine,
                                     PVOID context, PVOID* entry) {
        return profile_.register_change(entries_, owner, routine, context, entry);
    }
    PVOID register_processor_change(PPROCESSOR_CALLBACK_FUNCTION routine, PVOID context, bool with_existing) {
        return processors_.register_change(entries_, routine, context, with_existing);
    }
    PVOID register_callback(PCALLBACK_OBJECT on, PCALLBACK_FUNCTION routine, PVOID context) {
        return callbacks_.register_callback(entries_, on, routine, context);
    }
    NTSTATUS unregister(entry_kind kind, PVOID entry, bool wait) {
        return entries_.unregister(kind, entry, wait);
    }

    void report(const device& on, std::shared_ptr<const custom_event> event) {
        targets_.report(on, std::move(event));
    }
    NTSTATUS report_later(const device& on, std::shared_ptr<const custom_event> event) {
        return targets_.report_later(deliveries_, on, std::move(event));
    }

    /// Registers the interface if need be, not enabled. @return it, and whether it was there before.
    auto add_interface(const device& on, const GUID& of, wide_view reference) {
        return interfaces_.table().add(on, interface_class{of}, reference);
    }
    interface_table::change set_interface(wide_view name, bool enabled) {
        return interfaces_.set(name, enabled);
    }

    /// The device that an enabled interface's symbolic link, or `\Device\` and a path, names. Null: none.
    device* find(wide_view name) {
        if (const device* const on = interfaces_.table().device_of(name)) return devices_.present(on);
        const std::string plain = to_utf8(name.data(), name.size());
        static constexpr std::string_view directory = "\\Device\\";
        if (!plain.starts_with(directory)) return nullptr;
        return devices_.find(plain.substr(directory.size()));
    }
    /// The device behind the object, or null: not one of this partition.
    device* find(const DEVICE_OBJECT* object) { return devices_.find(object); }
    driver* find(const DRIVER_OBJECT* object) { return drivers_.find(object); }

    /// A driver frees pool memory.
    void memory_freed(const void* memory, std::size_t size) { entries_.memory_freed(memory, size); }

    /// Tells the observer that a rule was broken.
    void violated(int requirement, const driver* by, std::string_view where,
                  std::string_view text) const noexcept {
        report_violation(options_.observer, requirement, by, where, text);
    }

protected:
    driver_services(const partition_options& options, partition& self)
        : options_(options), drivers_(self, entries_), processors_(options_, self), callbacks_(self) {}
    ~driver_services() = default;

    const partition_options options_;
    device_list devices_;
    driver_list drivers_;
    processor_additions processors_;
    hardware_profile profile_{options_};
    device_interfaces interfaces_{options_, deliveries_};
    target_devices targets_{options_, devices_, interfaces_};
    symbolic_links links_;
    callback_objects callbacks_;
    entry_table entries_{options_}; // refer to drivers
    // Last: what they still deliver when they are destroyed uses everything above.
    delivery_queue deliveries_{options_.interface_delivery};
    system_workers workers_;
};

} // namespace assent::windows

#endif
