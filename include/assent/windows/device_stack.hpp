// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DEVICE_STACK_HPP
#define ASSENT_WINDOWS_DEVICE_STACK_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/irp.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/device.hpp>
#include <assent/windows/driver.hpp>

namespace assent::windows {

/// Sends a Plug and Play request to the drivers of the device, as the Plug and Play manager does.
/// @return its status; STATUS_NOT_SUPPORTED: nobody knew it.
/// Errors   STATUS_INSUFFICIENT_RESOURCES: no memory, nothing was sent.
inline NTSTATUS send_pnp(device& to, UCHAR minor) {
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IO_STATUS_BLOCK result{};
    DEVICE_OBJECT* const top = IoGetAttachedDevice(&to.object());
    IRP* const irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, top, nullptr, 0, nullptr, &done, &result);
    if (irp == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    IoGetNextIrpStackLocation(irp)->MinorFunction = minor;
    const NTSTATUS status = IofCallDriver(top, irp);
    if (status != STATUS_PENDING) return status;
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, nullptr);
    return result.Status;
}

/// Gives the device to the driver: its AddDevice routine, then the request to start.
/// Errors   STATUS_INVALID_DEVICE_REQUEST: the driver has no AddDevice routine.
inline NTSTATUS start_on(device& d, driver& by) {
    PDRIVER_ADD_DEVICE const add = by.object().DriverExtension->AddDevice;
    if (add == nullptr) return STATUS_INVALID_DEVICE_REQUEST;
    const running_driver scope(&by);
    const NTSTATUS status = add(&by.object(), &d.object());
    return NT_SUCCESS(status) ? send_pnp(d, IRP_MN_START_DEVICE) : status;
}

} // namespace assent::windows

#endif
