// SPDX-License-Identifier: BSL-1.0
// Defines the functions that open devices and report on them. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_TARGET_DEVICE_HPP
#define ASSENT_WINDOWS_DDI_TARGET_DEVICE_HPP

#include <assent/config.hpp>
#include <assent/windows/callback_scope.hpp>
#include <assent/windows/ddi/device_interface.hpp>
#include <assent/windows/ddi/or_no_memory.hpp>
#include <assent/windows/ddk/assent_ddk/object.h>
#include <assent/windows/ddk/assent_ddk/plug_play.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/partition.hpp>
#include <assent/windows/primitives/thread_table.hpp>

#include <algorithm>
#include <memory>

namespace assent::windows::detail {
inline DEVICE_OBJECT* top_of_stack(DEVICE_OBJECT* d) noexcept {
    while (d != nullptr && d->AttachedDevice != nullptr) d = d->AttachedDevice;
    return d;
}

/// What both reports check first. Null: `status` says why not.
inline device* reported_device(partition* in, PDEVICE_OBJECT object, PVOID structure, NTSTATUS& status) {
    device* const on = in == nullptr ? nullptr : in->find(object);
    status = on == nullptr ? STATUS_NO_SUCH_DEVICE // W37
                           : custom_event::check(static_cast<PTARGET_DEVICE_CUSTOM_NOTIFICATION>(structure));
    return NT_SUCCESS(status) ? on : nullptr;
}
} // namespace assent::windows::detail

extern "C" {

/// Opens the device that an interface's symbolic link, or a name below \Device, stands for. The file object has
/// one reference, which is the caller's; the device object has none.
NTSTATUS IoGetDeviceObjectPointer(PUNICODE_STRING name, ACCESS_MASK, PFILE_OBJECT* file,
                                  PDEVICE_OBJECT* object) {
    using namespace assent::windows;
    if (name == nullptr || name->Buffer == nullptr || file == nullptr || object == nullptr)
        return STATUS_INVALID_PARAMETER;
    partition* const in = partition::current();
    if (in == nullptr) return STATUS_OBJECT_NAME_NOT_FOUND;
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        device* const found = in->find(in->links().resolve(detail::view_of(name)));
        if (found == nullptr) return STATUS_OBJECT_NAME_NOT_FOUND;
        *file = in->targets().files().open(*found);
        *object = detail::top_of_stack(&found->object());
        return STATUS_SUCCESS;
    });
}

/// Counts for file objects, whose last reference closes them, and for system threads. Device and driver objects
/// live as long as their partition, and objects it does not know are left alone.
LONG_PTR ObfReferenceObject(PVOID object) {
    auto* const in = assent::windows::partition::current();
    const LONG_PTR files = in == nullptr ? 0 : in->targets().files().reference(object);
    return files > 0 ? files
                     : std::max(LONG_PTR{0}, assent::windows::detail::the_threads().count(object, +1));
}
LONG_PTR ObfDereferenceObject(PVOID object) {
    auto* const in = assent::windows::partition::current();
    const LONG_PTR left = in == nullptr ? -1 : in->targets().files().dereference(object);
    return left >= 0 ? left : std::max(LONG_PTR{0}, assent::windows::detail::the_threads().count(object, -1));
}
NTSTATUS ObReferenceObjectByPointer(PVOID object, ACCESS_MASK, POBJECT_TYPE, KPROCESSOR_MODE) {
    ObfReferenceObject(object);
    return STATUS_SUCCESS;
}
LONG_PTR ObReferenceObject(PVOID object) { return ObfReferenceObject(object); }
LONG_PTR ObDereferenceObject(PVOID object) { return ObfDereferenceObject(object); }

PDEVICE_OBJECT IoGetAttachedDevice(PDEVICE_OBJECT object) {
    return assent::windows::detail::top_of_stack(object);
}
PDEVICE_OBJECT IoGetAttachedDeviceReference(PDEVICE_OBJECT object) {
    PDEVICE_OBJECT const top = assent::windows::detail::top_of_stack(object);
    ObfReferenceObject(top);
    return top;
}
PDEVICE_OBJECT IoGetRelatedDeviceObject(PFILE_OBJECT file) {
    return file == nullptr ? nullptr : assent::windows::detail::top_of_stack(file->DeviceObject);
}

/// W32 to W34, W36, W37: returns when every receiver has been told.
NTSTATUS IoReportTargetDeviceChange(PDEVICE_OBJECT object, PVOID structure) {
    using namespace assent::windows;
    partition* const in = partition::current();
    if (callback_scope::inside()) {
        if (in != nullptr)
            in->violated(36, driver::running(), "IoReportTargetDeviceChange",
                         "a synchronous report from inside a notification callback");
        return STATUS_POSSIBLE_DEADLOCK;
    }
    if (in != nullptr && KeGetCurrentIrql() != PASSIVE_LEVEL)
        in->violated(36, driver::running(), "IoReportTargetDeviceChange", "called above PASSIVE_LEVEL");
    NTSTATUS status = 0;
    const device* const on = detail::reported_device(in, object, structure, status);
    if (on == nullptr) return status;
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        in->report(
            *on, std::make_shared<custom_event>(*static_cast<PTARGET_DEVICE_CUSTOM_NOTIFICATION>(structure)));
        return STATUS_SUCCESS;
    });
}

/// W32 to W35, W37.
NTSTATUS IoReportTargetDeviceChangeAsynchronous(PDEVICE_OBJECT object, PVOID structure,
                                                PDEVICE_CHANGE_COMPLETE_CALLBACK callback, PVOID context) {
    using namespace assent::windows;
    partition* const in = partition::current();
    NTSTATUS status = 0;
    const device* const on = detail::reported_device(in, object, structure, status);
    if (on == nullptr) return status;
    return detail::or_no_memory(STATUS_INSUFFICIENT_RESOURCES, [&] {
        return in->report_later(
            *on, std::make_shared<custom_event>(*static_cast<PTARGET_DEVICE_CUSTOM_NOTIFICATION>(structure),
                                                callback, context));
    });
}

} // extern "C"

#endif
