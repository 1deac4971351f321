// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_WINDOWS_WORLD_HPP
#define ASSENT_TESTS_WINDOWS_WORLD_HPP

// What the tests of the Windows layer share: a partition that is current, receivers that write down their
// calls, and the record as a line of text.

#include <assent/windows/partition.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "drivers/recorder.h"
#include "drivers/seeds.h"

namespace windows_tests {

using namespace assent::windows;

inline constexpr GUID processor_guid{
    0x97fadb10, 0x4e33, 0x40ae, {0x35, 0x9c, 0x8b, 0xef, 0x02, 0x9d, 0xbd, 0xd0}};
inline constexpr GUID memory_guid{
    0x3fd0f03d, 0x92e0, 0x45fb, {0xb7, 0x5c, 0x5e, 0xd8, 0xff, 0xb0, 0x10, 0x21}};
inline constexpr GUID arrival_guid{
    0xcb3a4004, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
inline constexpr GUID removal_guid{
    0xcb3a4005, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
inline constexpr GUID some_guid{0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};
inline constexpr GUID other_guid{
    0x99999999, 0x8888, 0x7777, {0x66, 0x66, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};

// What most tests register for.
inline constexpr auto interface_events = EventCategoryDeviceInterfaceChange;
inline constexpr ULONG include_existing = PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES;

inline PVOID data_of(const GUID& g) { return const_cast<GUID*>(&g); }

/// Nothing is delivered but on the thread that says so: settle().
inline partition_options when_told(ULONG processors = 1, ULONG memory_modules = 0) {
    partition_options o;
    o.processors = processors;
    o.memory_modules = memory_modules;
    o.interface_delivery = delivery::when_told;
    return o;
}

/// Interface changes arrive on the partition's own thread.
inline partition_options by_worker(ULONG processors = 1, ULONG memory_modules = 0) {
    partition_options o = when_told(processors, memory_modules);
    o.interface_delivery = delivery::by_worker;
    return o;
}

/// A partition that is the current one.
struct world {
    explicit world(const partition_options& options = when_told()) : in(options), is_current(in) {}

    /// A driver that does nothing by itself: somebody to register for.
    driver& idle_driver(std::string name = "idle") {
        return *in.load(std::move(name), [](PDRIVER_OBJECT d, PUNICODE_STRING) -> NTSTATUS {
                      d->DriverUnload = [](PDRIVER_OBJECT) {};
                      return STATUS_SUCCESS;
                  }).first;
    }

    partition in;
    scoped_partition is_current;
};

/// A RECORDER of one's own, and what it wrote down.
class receiver {
public:
    receiver() : record_(std::make_unique<RECORDER>()) { RecorderInitialize(record_.get()); }

    RECORDER* operator->() const { return record_.get(); }
    RECORDER* get() const { return record_.get(); }
    LONG count() const { return InterlockedCompareExchange(&record_->Count, 0, 0); }
    const RECORDER_CALL& call(LONG which) const { return record_->Calls[which]; }

    /// Each call as one word: `Start0`, `Complete0`, `Failure0:c000009a`, or `+name`, `-name` for interfaces.
    std::string story() const {
        std::string told;
        for (LONG i = 0; i < count() && i < RECORDER_CALLS; ++i) told += (i == 0 ? "" : " ") + word(call(i));
        return told;
    }
    std::string take() {
        std::string told = story();
        record_->Count = 0;
        return told;
    }

    static std::string name_of(const RECORDER_CALL& c) {
        return to_utf8(c.Name, c.NameLength / sizeof(WCHAR));
    }

private:
    static std::string word(const RECORDER_CALL& c) {
        if (c.Kind == RecorderInterfaceCall) {
            const bool arrives = IsEqualGUID(c.Event, arrival_guid) != 0;
            if (!arrives && IsEqualGUID(c.Event, removal_guid) == 0) return "unknown-event";
            std::string name = name_of(c);
            // Without the prefix that is opaque anyway, and the class.
            if (name.starts_with("\\??\\")) name.erase(0, 4);
            if (const auto end = name.find("#{"); end != name.npos) name.erase(end, 39);
            return (arrives ? "+" : "-") + name;
        }
        static constexpr const char* states[] = {"Start", "Complete", "Failure"};
        std::string text = states[c.State] + std::to_string(c.NtNumber);
        if (c.Status != STATUS_SUCCESS) {
            char digits[16];
            std::snprintf(digits, sizeof digits, ":%08x", static_cast<unsigned>(c.Status));
            text += digits;
        }
        return text;
    }

    std::unique_ptr<RECORDER> record_;
};

/// Registers the receiver for a class of interfaces; unregisters at the end of the scope what still is.
class interface_watch {
public:
    interface_watch(world& w, driver& owner, receiver& r, const GUID& of, ULONG flags = 0) : world_(w) {
        static_cast<void>(world_);
        status = IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, flags, data_of(of),
                                                &owner.object(), RecorderInterfaceChange, r.get(), &entry);
    }
    interface_watch(const interface_watch&) = delete;
    interface_watch& operator=(const interface_watch&) = delete;
    ~interface_watch() {
        if (NT_SUCCESS(status)) static_cast<void>(IoUnregisterPlugPlayNotificationEx(entry));
    }

    PVOID entry = nullptr;
    NTSTATUS status;

private:
    world& world_;
};

/// Registers the receiver for processor changes; deregisters at the end of the scope.
class processor_watch {
public:
    explicit processor_watch(receiver& r, ULONG flags = 0)
        : handle(KeRegisterProcessorChangeCallback(RecorderProcessorChange, r.get(), flags)) {}
    processor_watch(const processor_watch&) = delete;
    processor_watch& operator=(const processor_watch&) = delete;
    ~processor_watch() {
        if (handle != nullptr) KeDeregisterProcessorChangeCallback(handle);
    }

    PVOID handle;
};

/// A UTF-16 string as the DDI wants it; what it refers to is `text`.
struct wide {
    explicit wide(std::u16string_view t) : text(t.begin(), t.end()) {
        string.Buffer = text.data();
        string.Length = static_cast<USHORT>(text.size() * sizeof(WCHAR));
        string.MaximumLength = static_cast<USHORT>(string.Length + sizeof(WCHAR));
    }
    wide(const wide&) = delete;
    wide& operator=(const wide&) = delete;
    std::basic_string<WCHAR> text;
    UNICODE_STRING string;
};

/// A device interface as a driver of the device handles it.
class driver_interface {
public:
    driver_interface(device& on, const GUID& of, UNICODE_STRING* reference = nullptr)
        : status(IoRegisterDeviceInterface(&on.object(), &of, reference, &name)) {}
    driver_interface(const driver_interface&) = delete;
    driver_interface& operator=(const driver_interface&) = delete;
    ~driver_interface() {
        if (NT_SUCCESS(status)) RtlFreeUnicodeString(&name);
    }
    NTSTATUS enable(bool on = true) { return IoSetDeviceInterfaceState(&name, on ? TRUE : FALSE); }
    std::string text() const { return to_utf8(name.Buffer, name.Length / sizeof(WCHAR)); }

    UNICODE_STRING name{};
    NTSTATUS status;
};

} // namespace windows_tests

#endif
