// SPDX-License-Identifier: BSL-1.0
#include "target_world.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

using namespace windows_tests;
using assent::abort_audience;
using assent::after_refusal;

namespace {

/// A disk with three listeners called 1, 2 and 3.
struct removal_bench : world {
    explicit removal_bench(const knobs& answers = {})
        : world(with(answers)), owner(idle_driver("owner")), disk(in.add_device("DISK#1")) {
        for (auto& each : all) listen(each, disk);
    }
    static partition_options with(const knobs& answers) {
        partition_options o = when_told();
        o.answers = answers;
        return o;
    }
    void listen(listener& l, device& to) {
        PFILE_OBJECT const file = open_device(to);
        REQUIRE(file != nullptr);
        REQUIRE(l.listen(file, owner) == STATUS_SUCCESS);
        ObDereferenceObject(file);
    }
    bool there(device& d) { return in.find(&d.object()) != nullptr; }
    NTSTATUS report() {
        TARGET_DEVICE_CUSTOM_NOTIFICATION n{1, 36, some_guid, nullptr, -1, {0}};
        return IoReportTargetDeviceChange(&disk.object(), &n);
    }
    std::string take() { return std::exchange(told, {}); }

    std::string told;
    driver& owner;
    device& disk;
    listener all[3]{{told, "1"}, {told, "2"}, {told, "3"}};
};

knobs removal(abort_audience audience, after_refusal refusal,
              assent::abort_order order = assent::abort_order::forward) {
    knobs k;
    k.device_removal.audience = audience;
    k.device_removal.refusal = refusal;
    k.device_removal.order = order;
    return k;
}

} // namespace

TEST_CASE("W22 W23 after a veto: every position of the knobs") {
    const struct {
        abort_audience audience;
        after_refusal refusal;
        const char* story;
    } positions[] = {
        {abort_audience::prepared, after_refusal::stop, "1? 2? 1- "},
        {abort_audience::with_refuser, after_refusal::stop, "1? 2? 1- 2- "},
        {abort_audience::everyone, after_refusal::stop, "1? 2? 1- 2- 3- "},
        {abort_audience::prepared, after_refusal::ask_rest, "1? 2? 3? 1- 3- "},
        {abort_audience::with_refuser, after_refusal::ask_rest, "1? 2? 3? 1- 2- 3- "},
        {abort_audience::everyone, after_refusal::ask_rest, "1? 2? 3? 1- 2- 3- "},
    };
    for (const auto& p : positions) {
        removal_bench b(removal(p.audience, p.refusal));
        b.all[1].answer = STATUS_DEVICE_BUSY;
        CHECK(b.in.query_remove(b.disk).status == STATUS_DEVICE_BUSY);
        CHECK(b.take() == p.story);
        CHECK(b.there(b.disk));
    }
    removal_bench backwards(
        removal(abort_audience::with_refuser, after_refusal::stop, assent::abort_order::reverse));
    backwards.all[1].answer = STATUS_DEVICE_BUSY;
    CHECK(backwards.in.query_remove(backwards.disk).status == STATUS_DEVICE_BUSY);
    CHECK(backwards.take() == "1? 2? 2- 1- ");
}

TEST_CASE("W23 W24 when the device itself or an open handle fails it, everyone hears it in every position") {
    for (const auto audience :
         {abort_audience::prepared, abort_audience::with_refuser, abort_audience::everyone}) {
        for (const auto refusal : {after_refusal::stop, after_refusal::ask_rest}) {
            removal_bench b(removal(audience, refusal));
            CHECK(b.in.query_remove(b.disk, [] { return STATUS_UNSUCCESSFUL; }).status ==
                  STATUS_UNSUCCESSFUL);
            CHECK(b.take() == "1? 2? 3? 1- 2- 3- ");
            const user_handle open = b.in.open_from_user_mode(b.disk);
            CHECK(b.in.query_remove(b.disk).status == STATUS_PLUGPLAY_QUERY_VETOED);
            CHECK(b.take() == "1? 2? 3? 1- 2- 3- ");
        }
    }
}

TEST_CASE("W21 W23 a user-mode program that refuses hears of it where refusers do") {
    const std::pair<abort_audience, const char*> positions[] = {
        {abort_audience::prepared, "u? "},
        {abort_audience::with_refuser, "u? u- "},
        {abort_audience::everyone, "u? u- 1- 2- 3- "}};
    for (const auto& [audience, story] : positions) {
        removal_bench b(removal(audience, after_refusal::stop));
        const assent::registration u = b.in.watch_device(b.disk, [&](const GUID& event) -> NTSTATUS {
            b.told += std::string("u") + sign_of(event) + " ";
            return STATUS_UNSUCCESSFUL;
        });
        CHECK(b.in.query_remove(b.disk).status == STATUS_UNSUCCESSFUL);
        CHECK(b.take() == story);
    }
}

TEST_CASE("W26 W27 pulled out from inside a callback, the device goes when all have been told, or before") {
    for (const bool before : {false, true}) {
        knobs answers;
        answers.device_goes_before_remove_complete = before;
        removal_bench b(answers);
        device& child = b.in.add_device("DISK#1#PART", b.disk);
        listener c(b.told, "c");
        b.listen(c, child);
        bool there_when_told = false;
        bool child_there_when_told = false;
        b.all[0].hook = [&](const std::string& sign, PVOID) {
            if (sign == "!") {
                b.in.surprise_remove(b.disk);
                b.told += "pulled ";
            } else {
                there_when_told = b.there(b.disk);
            }
        };
        c.hook = [&](const std::string&, PVOID) { child_there_when_told = b.there(child); };
        CHECK(b.report() == STATUS_SUCCESS);
        CHECK(b.take() == "1! pulled 2! 3! 1+ 2+ 3+ c+ ");
        CHECK(there_when_told == !before);
        CHECK(child_there_when_told == !before);
        CHECK_FALSE(b.there(b.disk));
        CHECK_FALSE(b.there(child));
        b.in.surprise_remove(b.disk);
        CHECK(b.take().empty());
    }
}

TEST_CASE("W27 pulled out while it is asked about: called off, and then told as gone, once") {
    for (const bool before : {false, true}) {
        knobs answers;
        answers.device_goes_before_remove_complete = before;
        removal_bench b(answers);
        b.all[1].hook = [&](const std::string& sign, PVOID) {
            if (sign == "?") b.in.surprise_remove(b.disk);
        };
        CHECK(b.in.query_remove(b.disk).status == STATUS_NO_SUCH_DEVICE);
        CHECK(b.take() == "1? 2? 3? 1- 2- 3- 1+ 2+ 3+ ");
        CHECK_FALSE(b.there(b.disk));
    }
}

TEST_CASE("W26 W27 nobody is told twice that a device is gone") {
    removal_bench b;
    b.all[0].hook = [&](const std::string& sign, PVOID) {
        if (sign == "+") b.in.surprise_remove(b.disk);
    };
    CHECK(b.in.query_remove(b.disk).status == STATUS_SUCCESS);
    CHECK(b.take() == "1? 2? 3? 1+ 2+ 3+ ");
    CHECK(b.in.query_remove(b.disk).status == STATUS_NO_SUCH_DEVICE);
    CHECK(b.take().empty());
    removal_bench c;
    c.all[0].hook = [&](const std::string& sign, PVOID) {
        if (sign != "!") return;
        c.in.surprise_remove(c.disk);
        c.in.surprise_remove(c.disk);
    };
    CHECK(c.report() == STATUS_SUCCESS);
    CHECK(c.take() == "1! 2! 3! 1+ 2+ 3+ ");
}

TEST_CASE("W27 a device pulled out from inside takes its interfaces along when it goes") {
    removal_bench b;
    driver_interface face(b.disk, some_guid);
    CHECK(face.enable() == STATUS_SUCCESS);
    b.in.settle();
    receiver r;
    const interface_watch watch(b, b.owner, r, some_guid);
    b.all[2].hook = [&](const std::string& sign, PVOID) {
        if (sign == "!") b.in.surprise_remove(b.disk);
    };
    CHECK(b.report() == STATUS_SUCCESS);
    b.in.settle();
    CHECK(r.story() == "-DISK#1");
    CHECK(face.enable() == STATUS_OBJECT_NAME_NOT_FOUND);
}
