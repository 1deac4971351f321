// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PARTITION_HPP
#define ASSENT_WINDOWS_PARTITION_HPP

#include <assent/config.hpp>
#include <assent/core/registration.hpp>
#include <assent/windows/decision.hpp>
#include <assent/windows/device.hpp>
#include <assent/windows/driver.hpp>
#include <assent/windows/driver_list.hpp>
#include <assent/windows/driver_services.hpp>
#include <assent/windows/file_table.hpp>
#include <assent/windows/partition_options.hpp>
#include <assent/windows/processor_additions.hpp>
#include <assent/windows/scoped_partition.hpp>
#include <assent/windows/user_mode.hpp>

#include <atomic>
#include <optional>
#include <string>
#include <utility>

namespace assent::windows {

/// A hardware partition: processors, memory modules and other devices, and the drivers that are told about
/// them. The host side of the DDI: a test or a program plays the operating system by calling its members.
///
/// Threads  every member may be called from any thread, also from inside drivers' callbacks. No lock is held
///          while driver code runs.
class partition : public driver_services {
public:
    explicit partition(const partition_options& options = {}) : driver_services(options, *this) {
        if (options.processor_numbers.empty()) {
            for (ULONG n = 0; n < options.processors; ++n) install_processor(n);
        } else {
            for (const ULONG n : options.processor_numbers) install_processor(n);
        }
        for (ULONG i = 0; i < options.memory_modules; ++i) add_memory_module();
        settle();
    }
    /// Delivers what is still queued. Drivers that are loaded are called no more afterwards.
    ~partition() {
        workers_.drain_dpcs();
        workers_.drain_items();
        settle();
    }

    /// The partition that the DDI functions act on: that in which this thread runs a driver's code, else
    /// the one made current by scoped_partition; or null.
    static partition* current() noexcept {
        partition* const here = running_code::here().where;
        return here != nullptr ? here : scoped_partition::innermost();
    }

    // ---- Processors ----

    /// Hot-adds a processor: Start to every callback, then start(index), then Complete, or Failure, to every one.
    /// Its device interface arrives after that.
    /// @param start   brings the processor up: callable with its index, returns an NTSTATUS.
    /// @param number  the number it is to have; by default the lowest free one.
    /// Errors   STATUS_INSUFFICIENT_RESOURCES: the maximum is reached. STATUS_INVALID_PARAMETER: the number is taken or
    ///          beyond the maximum. STATUS_POSSIBLE_DEADLOCK: called from inside a processor callback. Nothing has
    ///          changed then, nor after a refusal or a failed start.
    /// Source   KeRegisterProcessorChangeCallback, remarks.
    template <class Start> addition add_processor(Start start, std::optional<ULONG> number = {}) {
        const addition added = processors_.add(start, number);
        if (NT_SUCCESS(added.status)) set_online(unit::processor, added.index, true);
        return added;
    }
    addition add_processor() {
        return add_processor([](ULONG) { return STATUS_SUCCESS; });
    }

    // ---- Memory modules and other devices ----

    /// Hot-adds a memory module: its device interface arrives.
    /// @return its index.
    ULONG add_memory_module() {
        const ULONG index = memory_modules_.fetch_add(1, std::memory_order_relaxed); // a count, no more
        set_online(unit::memory, index, true);
        return index;
    }
    ULONG memory_modules() const noexcept { return memory_modules_.load(std::memory_order_relaxed); }

    /// Takes the unit's interface away or brings it back, as a unit does that goes offline and online; the DDI
    /// knows no removal of processors. False: it was so already, or there is no such unit.
    bool set_processor_online(ULONG index, bool online) {
        return processors().running(index) && set_online(unit::processor, index, online);
    }
    bool set_memory_online(ULONG index, bool online) {
        return index < memory_modules() && set_online(unit::memory, index, online);
    }

    /// A device that is neither. The reference is good as long as the partition.
    device& add_device(std::string path, bool started = true) {
        return devices_.add(std::move(path), started);
    }
    /// The same, hanging on another device: removed with it (W21).
    device& add_device(std::string path, device& parent, bool started = true) {
        device& child = add_device(std::move(path), started);
        targets_.tree().place(child, parent);
        return child;
    }
    /// A removal relation: when `with` is removed, `also` is.
    void relate(device& with, device& also) { targets_.tree().relate(with, also); }
    void start_device(device& d) { interfaces_.start(d); }
    /// The device goes; interfaces it still has enabled are disabled for it.
    void remove_device(device& d) { targets_.remove(d); }

    // ---- Removal of devices, hardware profiles ----

    /// Asks whether the device can be removed with what hangs on it, and removes it if nobody refuses and nothing
    /// is open on it.
    /// @param query  the device stack's own answer, called after all others agreed: returns an NTSTATUS.
    /// Errors   STATUS_PLUGPLAY_QUERY_VETOED: something is open. STATUS_POSSIBLE_DEADLOCK: called from inside a
    ///          target device callback. The first veto's status otherwise; nothing is removed then.
    template <class Query> decision query_remove(device& d, Query query) {
        return targets_.query_remove(d, query);
    }
    decision query_remove(device& d) {
        return query_remove(d, [] { return STATUS_SUCCESS; });
    }
    /// Removes the device without asking, as if it had been pulled out.
    void surprise_remove(device& d) { targets_.surprise_remove(d); }

    /// A user-mode program opens the device.
    user_handle open_from_user_mode(device& d) { return {targets_.files(), targets_.files().open(d)}; }
    /// A user-mode program is told of the device's removal, before drivers (W21).
    registration watch_device(const device& d, user_mode_routine routine) {
        return targets_.watch(d, std::move(routine));
    }

    /// Changes the hardware profile, as when a portable computer is docked.
    /// @param change  the change itself, after all agreed: returns an NTSTATUS.
    template <class Change> decision change_hardware_profile(Change change) {
        return profile_.change(change);
    }
    decision change_hardware_profile() {
        return change_hardware_profile([] { return STATUS_SUCCESS; });
    }
    /// A user-mode program is asked before drivers, and told after them (W31).
    registration watch_hardware_profile(user_mode_routine routine) {
        return profile_.watch(std::move(routine));
    }

    // ---- Drivers ----

    /// Loads a driver: calls its DriverEntry.
    /// @return the driver, and what DriverEntry returned. After an error its registrations, if any, are called no
    ///         more.
    std::pair<driver*, NTSTATUS> load(std::string name, PDRIVER_INITIALIZE entry) {
        return drivers_.load(std::move(name), entry);
    }
    /// Unloads a driver: calls its Unload routine, then looks what it left registered (W45). If anything remains
    /// the unloading fails, the driver's image stays, and what remains is called no more.
    unloading unload(driver& d) { return drivers_.unload(d); }

    // ---- Asynchronous delivery ----

    /// Returns when everything that was queued before has been delivered; delivers it, if the partition was made
    /// with delivery::when_told.
    void settle() { deliveries_.settle(); }
    /// Delivers one queued event. False: there is none, or the partition delivers by itself.
    bool deliver_one() { return deliveries_.deliver_one(); }

private:
    enum class unit { processor, memory };

    void install_processor(ULONG number) {
        if (const auto installed = processors_.install(number))
            set_online(unit::processor, installed->index, true);
    }

    /// A unit is a device with one interface (W20).
    bool set_online(unit kind, ULONG index, bool online) {
        static constexpr GUID processor_interface{
            0x97fadb10, 0x4e33, 0x40ae, {0x35, 0x9c, 0x8b, 0xef, 0x02, 0x9d, 0xbd, 0xd0}};
        static constexpr GUID memory_interface{
            0x3fd0f03d, 0x92e0, 0x45fb, {0xb7, 0x5c, 0x5e, 0xd8, 0xff, 0xb0, 0x10, 0x21}};
        const bool processor = kind == unit::processor;
        const device& d =
            devices_.find_or_add((processor ? "ACPI#ACPI0007#" : "ACPI#PNP0C80#") + std::to_string(index));
        return interfaces_.set(d, processor ? processor_interface : memory_interface, online);
    }

    std::atomic<ULONG> memory_modules_{0};
};

} // namespace assent::windows

#endif
