// SPDX-License-Identifier: BSL-1.0
// Defines device objects that drivers make, and their stacks. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_DEVICE_HPP
#define ASSENT_WINDOWS_DDI_DEVICE_HPP

#include <assent/config.hpp>
#include <assent/windows/ddi/device_interface.hpp>
#include <assent/windows/ddi/or_no_memory.hpp>
#include <assent/windows/ddi/target_device.hpp>
#include <assent/windows/ddk/assent_ddk/irp.h>
#include <assent/windows/ddk/assent_ddk/pool.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/partition.hpp>
#include <assent/windows/primitives/pool_ledger.hpp>
#include <assent/windows/primitives/utf16.hpp>
#include <assent/windows/primitives/wait_table.hpp>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

namespace assent::windows::detail {

/// Stands before the extension of a device that a driver made; DeviceObjectExtension points to it. The partition's
/// own devices have none.
struct alignas(16) made_device {
    DEVOBJ_EXTENSION head;
};

inline made_device* made_by_driver(const DEVICE_OBJECT* object) noexcept {
    return reinterpret_cast<made_device*>(object->DeviceObjectExtension);
}

/// Guards the links between device objects, which drivers may read: one lock for all, as they are rarely changed.
inline auto& device_links() {
    static constexpr char all = 0;
    return bucket_of(&all).lock;
}

inline std::string utf8_of(const UNICODE_STRING* s) {
    const wide_view v = view_of(s);
    return to_utf8(v.data(), v.size());
}

/// A device's path is its name below \Device\; one without a name gets a path nobody asks for.
inline std::string path_of(const UNICODE_STRING* name) {
    static std::atomic<unsigned> unnamed{0};
    static constexpr std::string_view directory = "\\Device\\";
    std::string text = utf8_of(name);
    if (text.empty()) return "unnamed#" + std::to_string(unnamed.fetch_add(1, std::memory_order_relaxed));
    return text.starts_with(directory) ? text.substr(directory.size()) : text;
}

inline void unlink(PDEVICE_OBJECT object) {
    const std::lock_guard guard(device_links());
    if (object->DriverObject == nullptr) return;
    PDEVICE_OBJECT* at = &object->DriverObject->DeviceObject;
    while (*at != nullptr && *at != object) at = &(*at)->NextDevice;
    if (*at != nullptr) *at = object->NextDevice;
    object->NextDevice = nullptr;
}

inline void link(PDEVICE_OBJECT object, PDRIVER_OBJECT to) {
    const std::lock_guard guard(device_links());
    object->NextDevice = to->DeviceObject;
    to->DeviceObject = object;
}

} // namespace assent::windows::detail

extern "C" {

/// The object lives as long as the partition, so that what still refers to a deleted one finds it deleted; its
/// extension is freed at once, which AddressSanitizer watches.
NTSTATUS IoCreateDevice(PDRIVER_OBJECT owner, ULONG extension_size, PUNICODE_STRING name, DEVICE_TYPE type,
                        ULONG characteristics, BOOLEAN exclusive, PDEVICE_OBJECT* object) {
    using namespace assent::windows;
    partition* const in = partition::current();
    if (in == nullptr || owner == nullptr || object == nullptr) return STATUS_INVALID_PARAMETER;
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        if (name != nullptr && in->find(detail::view_of(name)) != nullptr)
            return STATUS_OBJECT_NAME_COLLISION;
        const std::size_t bytes = sizeof(detail::made_device) + extension_size;
        void* const memory = pool::allocate(bytes, 0x69766544); // 'Devi'
        if (memory == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
        std::memset(memory, 0, bytes);
        auto* const made = static_cast<detail::made_device*>(memory);
        PDEVICE_OBJECT const o = &in->add_device(detail::path_of(name)).object();
        made->head = {13, 0, o}; // what the first member of every device object extension holds
        o->DriverObject = owner;
        o->Flags = DO_DEVICE_INITIALIZING | (exclusive != FALSE ? DO_EXCLUSIVE : 0U);
        o->Characteristics = characteristics;
        o->DeviceType = type;
        o->DeviceExtension = extension_size == 0 ? nullptr : made + 1;
        o->DeviceObjectExtension = &made->head;
        detail::link(o, owner);
        *object = o;
        return STATUS_SUCCESS;
    });
}

VOID IoDeleteDevice(PDEVICE_OBJECT object) {
    using namespace assent::windows;
    partition* const in = partition::current();
    device* const d = in == nullptr ? nullptr : in->find(object);
    detail::made_device* const made = d == nullptr ? nullptr : detail::made_by_driver(object);
    if (made == nullptr)
        bug_check({bug_check_codes::driver_verifier_detected_violation,
                   {reinterpret_cast<ULONG_PTR>(object), 0, 0, 0},
                   "IoDeleteDevice of a device that no driver made, or twice"});
    detail::unlink(object);
    in->remove_device(*d);
    object->DeviceObjectExtension = nullptr;
    object->DeviceExtension = nullptr;
    pool::release(made, 0);
}

/// @return the device that was on top before.
PDEVICE_OBJECT IoAttachDeviceToDeviceStack(PDEVICE_OBJECT source, PDEVICE_OBJECT target) {
    const std::lock_guard guard(assent::windows::detail::device_links());
    PDEVICE_OBJECT const top = assent::windows::detail::top_of_stack(target);
    if (top == nullptr) return nullptr;
    top->AttachedDevice = source;
    source->StackSize = static_cast<CCHAR>(top->StackSize + 1);
    source->AlignmentRequirement = top->AlignmentRequirement;
    source->SectorSize = top->SectorSize;
    return top;
}

VOID IoDetachDevice(PDEVICE_OBJECT target) {
    const std::lock_guard guard(assent::windows::detail::device_links());
    target->AttachedDevice = nullptr;
}

NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING name, PUNICODE_STRING target) {
    using namespace assent::windows;
    partition* const in = partition::current();
    if (in == nullptr || name == nullptr || target == nullptr) return STATUS_INVALID_PARAMETER;
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        return in->links().add(detail::view_of(name), detail::view_of(target)) ? STATUS_SUCCESS
                                                                               : STATUS_OBJECT_NAME_COLLISION;
    });
}

NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING name) {
    using namespace assent::windows;
    partition* const in = partition::current();
    if (in == nullptr || name == nullptr) return STATUS_OBJECT_NAME_NOT_FOUND;
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        return in->links().remove(detail::view_of(name)) ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
    });
}

/// Every device is described by its path; nothing else is known of it.
NTSTATUS IoGetDeviceProperty(PDEVICE_OBJECT object, DEVICE_REGISTRY_PROPERTY property, ULONG size,
                             PVOID buffer, PULONG needed) {
    using namespace assent::windows;
    partition* const in = partition::current();
    const device* const d = in == nullptr ? nullptr : in->find(object);
    if (d == nullptr) return STATUS_INVALID_DEVICE_REQUEST;
    std::string_view prefix;
    switch (property) {
    case DevicePropertyPhysicalDeviceObjectName:
        prefix = "\\Device\\";
        break;
    case DevicePropertyDeviceDescription:
    case DevicePropertyFriendlyName:
        break;
    default:
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        wide_string text;
        for (const char c : prefix) text += static_cast<WCHAR>(c);
        for (const char c : d->path()) text += static_cast<WCHAR>(c);
        const auto bytes = static_cast<ULONG>((text.size() + 1) * sizeof(WCHAR));
        *needed = bytes;
        if (size < bytes) return STATUS_BUFFER_TOO_SMALL;
        std::memcpy(buffer, text.c_str(), bytes);
        return STATUS_SUCCESS;
    });
}

/// The host says what devices there are: it need not be asked to look again.
VOID IoInvalidateDeviceRelations(PDEVICE_OBJECT, DEVICE_RELATION_TYPE) {}
VOID IoInvalidateDeviceState(PDEVICE_OBJECT) {}

} // extern "C"

#endif
