package io.kdb.compat.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Modules only point down, the deciding packages are pure, Netty stays where the design puts it. Each rule is also shown to
 * fail, on a package that is known to break it.
 */
class ArchitectureTest {
    private static final String[] PURE = {
        "io.kdb.cluster.topology..", "io.kdb.cluster.placement..", "io.kdb.cluster.health.."
    };
    /** What a decision must not reach for: it would not be the same on every node, or in a simulation. */
    private static final String[] IMPURE = {
        "io.netty..",
        "java.net..",
        "java.nio.channels..",
        "java.nio.file..",
        "java.io..",
        "java.util.concurrent..",
        "org.slf4j..",
        "org.apache.."
    };

    private static JavaClasses kdb;

    @BeforeAll
    static void read() {
        kdb = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("io.kdb");
    }

    private static ArchRule knowsNothingOf(String of, String... others) {
        return noClasses()
                .that()
                .resideInAPackage(of)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others);
    }

    @Test
    void modulesPointDown() {
        knowsNothingOf("io.kdb.resp..", "io.kdb.cluster..", "io.kdb.server..", "io.kdb.tools..")
                .check(kdb);
        knowsNothingOf("io.kdb.cluster..", "io.kdb.resp..", "io.kdb.server..", "io.kdb.tools..")
                .check(kdb);
        knowsNothingOf("io.kdb.server..", "io.kdb.tools..").check(kdb);
    }

    @Test
    void aRuleOfDirectionCanFail() {
        ArchRule broken = knowsNothingOf("io.kdb.tools..", "io.kdb.server..");
        assertThrows(AssertionError.class, () -> broken.check(kdb));
    }

    @Test
    void decisionsArePure() {
        for (String pure : PURE) {
            knowsNothingOf(pure, IMPURE).check(kdb);
            noClockIn(pure).check(kdb);
        }
    }

    private static ArchRule noClockIn(String packages) {
        return noClasses()
                .that()
                .resideInAPackage(packages)
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Thread.class)
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random");
    }

    @Test
    void aRuleOfPurityCanFail() {
        ArchRule noLinks = knowsNothingOf("io.kdb.cluster.control..", IMPURE);
        ArchRule noClock = noClockIn("io.kdb.cluster.control..");
        assertThrows(AssertionError.class, () -> noLinks.check(kdb));
        assertThrows(AssertionError.class, () -> noClock.check(kdb));
    }

    @Test
    void nettyStaysWhereItBelongs() {
        onlyNettyIn("io.kdb.resp..", "io.kdb.server.net..", "io.kdb.cluster.control..", "io.kdb.tools..")
                .check(kdb);
    }

    private static ArchRule onlyNettyIn(String... packages) {
        return classes()
                .that()
                .resideInAPackage("io.kdb..")
                .and()
                .resideOutsideOfPackages(packages)
                .should()
                .onlyDependOnClassesThat()
                .resideOutsideOfPackage("io.netty..");
    }

    @Test
    void aRuleOfNettyCanFail() {
        ArchRule withoutNet = onlyNettyIn("io.kdb.resp..", "io.kdb.cluster.control..", "io.kdb.tools..");
        assertThrows(AssertionError.class, () -> withoutNet.check(kdb));
    }

    @Test
    void theStoreKnowsNoCommands() {
        knowsNothingOf(
                        "io.kdb.server.store..",
                        "io.kdb.server.dispatch..",
                        "io.kdb.server.commands..",
                        "io.kdb.server.net..")
                .check(kdb);
        knowsNothingOf("io.kdb.server.commands..", "io.kdb.server.net..").check(kdb);
    }
}
